//! One exchange: a conversation over an open way.

use std::time::Duration;

use tokio::time::sleep;

use super::DriveError;
use super::gate::Gate;
use super::way::Way;
use crate::conversation::{Conversation, Heard, Step, Unheard};

/// The longest exchange. A SunSpec chain of twenty models has some sixty questions.
const LONGEST: Duration = Duration::from_secs(180);

/// What is read at once. A multiple of a CAN frame's and a HID report's length.
const PIECE: usize = 512;

/// Has a conversation until its end. What came before it is dropped.
///
/// # Errors
/// The port broke off, or a request was forbidden.
pub async fn talk(
    conversation: &mut (dyn Conversation + Send),
    way: &mut Way,
    gate: &mut Gate<'_>,
) -> Result<Result<Heard, Unheard>, DriveError> {
    way.forget();
    let all = async {
        loop {
            let step = conversation.next();
            let patience = match &step {
                Step::End(end) => return Ok(end.clone()),
                Step::Send(request, patience) => {
                    way.send(gate.pass(request)?).await?;
                    *patience
                }
                Step::Listen(patience) => *patience,
            };
            exchange(conversation, &step, patience, way, gate).await?;
        }
    };
    // Every conversation ends by itself; this is for one that should not.
    tokio::select! {
        biased;
        () = sleep(LONGEST) => Ok(Err(Unheard::Other("an answer that ever ends"))),
        end = all => end,
    }
}

/// Tells what comes until the conversation wants something else, or the time is over.
async fn exchange(
    conversation: &mut (dyn Conversation + Send),
    step: &Step,
    patience: Duration,
    way: &mut Way,
    gate: &mut Gate<'_>,
) -> Result<(), DriveError> {
    let over = sleep(patience);
    tokio::pin!(over);
    let mut buffer = [0; PIECE];
    loop {
        let came = tokio::select! {
            // A device that never stops talking gets no more time than others.
            biased;
            () = &mut over => {
                conversation.silent();
                return Ok(());
            }
            came = way.receive(&mut buffer) => came?,
        };
        let bytes = buffer.get(..came).unwrap_or_default();
        gate.came(bytes);
        conversation.received(bytes);
        if conversation.next() != *step {
            return Ok(());
        }
    }
}
