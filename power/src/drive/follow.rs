//! Follows one port for as long as it is there.

use std::sync::Arc;

use tokio::time::sleep;

use super::DriveError;
use super::gate::{Gate, Traffic};
use super::talk::talk;
use super::way::Way;
use crate::conversation::{Conversation, Heard, Unheard};
use crate::detect::course::{Change, Course, Next, Outcome};
use crate::detect::plan::Attempt;
use crate::detect::port::Place;

/// Something that happened on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// This is tried now.
    Trying(Attempt),
    /// This was sent.
    Sent(Vec<u8>),
    /// This came.
    Came(Vec<u8>),
    /// A device was heard; whether it was found just now.
    Heard {
        /// The protocol and the line.
        attempt: Attempt,
        /// What it said.
        heard: Box<Heard>,
        /// It was not known before.
        found: bool,
    },
    /// An attempt failed, or a reading of a known device.
    Missed(Attempt, Unheard),
    /// The device that was known is no longer there.
    Lost(Unheard),
    /// Everything was tried, and no device was heard.
    Nothing(Unheard),
    /// The port can't be opened, or broke off: why.
    Broken(String),
    /// Another program has the port open.
    Busy,
}

/// Who is told.
pub type Teller = Arc<dyn Fn(Event) + Send + Sync>;

/// One port, its course, and what is open of it.
pub struct Follower {
    place: Place,
    course: Course,
    way: Option<Way>,
    /// The conversation that knows the device.
    known: Option<Box<dyn Conversation + Send>>,
    tell: Teller,
    /// Whether bytes are told too.
    bytes: bool,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("place", &self.place).field("course", &self.course).finish_non_exhaustive()
    }
}

impl Follower {
    /// Follows a port on a course.
    pub fn new(place: Place, course: Course, tell: Teller) -> Self {
        Self { place, course, way: None, known: None, tell, bytes: false }
    }

    /// Tells of each byte too.
    pub fn with_bytes(self) -> Self {
        Self { bytes: true, ..self }
    }

    /// Follows it for ever.
    pub async fn run(mut self) {
        while let Some(next) = self.course.next() {
            sleep(next.after).await;
            self.step(next).await;
        }
    }

    /// Tries once what the course says, without its pause, and tells what that changes.
    pub async fn once(&mut self) -> Change {
        match self.course.next() {
            Some(next) => self.step(next).await,
            None => Change::None,
        }
    }

    async fn step(&mut self, next: Next) -> Change {
        let attempt = next.attempt;
        if self.course.known().is_none() {
            (self.tell)(Event::Trying(attempt));
        }
        let spoken = self.speak(next).await;
        let is_network = matches!(self.place, Place::Network { .. });
        let outcome = match spoken {
            Ok(Ok(heard)) => {
                let change = self.course.told(Outcome::Heard);
                (self.tell)(Event::Heard { attempt, heard: Box::new(heard), found: change == Change::Found });
                return change;
            }
            Ok(Err(unheard)) => {
                (self.tell)(Event::Missed(attempt, unheard.clone()));
                Outcome::Unheard(unheard)
            }
            Err(DriveError::Busy(_)) => {
                (self.tell)(Event::Busy);
                Outcome::Busy
            }
            Err(error) => {
                self.way = None;
                (self.tell)(Event::Broken(error.to_string()));
                // Where nobody listens at one place, somebody may at the next; a port that lacks a rate may have another.
                let elsewhere = is_network || matches!(error, DriveError::Line { .. } | DriveError::Forbidden(_));
                if elsewhere { Outcome::Unheard(Unheard::Silent) } else { Outcome::Broken }
            }
        };
        if !matches!(outcome, Outcome::Unheard(_)) {
            self.way = None;
        }
        let change = self.course.told(outcome);
        match &change {
            Change::Lost(why) => {
                self.known = None;
                (self.tell)(Event::Lost(why.clone()));
            }
            Change::Nothing(why) => (self.tell)(Event::Nothing(why.clone())),
            Change::None | Change::Found => {}
        }
        // Nothing is there: others may have the port until it is looked again.
        if matches!(change, Change::Nothing(_)) {
            self.way = None;
        }
        change
    }

    async fn speak(&mut self, next: Next) -> Result<Result<Heard, Unheard>, DriveError> {
        let mut way = match self.way.take() {
            Some(way) => way.turn(&self.place, next.attempt.line).await?,
            None => Way::open(&self.place, next.attempt.line).await?,
        };
        let protocol = next.attempt.protocol;
        let again = self.known.as_ref().filter(|_| !next.stranger).and_then(|known| known.again());
        let mut conversation = again.unwrap_or_else(|| protocol.begin());
        let tell = self.bytes.then(|| self.tell.clone());
        let mut witness = move |traffic: Traffic<'_>| {
            if let Some(tell) = &tell {
                tell(match traffic {
                    Traffic::Sent(bytes) => Event::Sent(bytes.to_vec()),
                    Traffic::Came(bytes) => Event::Came(bytes.to_vec()),
                });
            }
        };
        let end = talk(conversation.as_mut(), &mut way, &mut Gate::new(protocol, &mut witness)).await?;
        if end.is_ok() {
            self.known = Some(conversation);
        }
        self.way = Some(way).filter(Way::stays);
        Ok(end)
    }
}
