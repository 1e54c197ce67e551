//! The body of an answer, sent no faster than the bucket that all answers share allows.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

use crate::fetch::clock::Stopwatch;
use crate::fetch::rate::Bucket;

/// The bucket, and its clock.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    bucket: Arc<Mutex<Bucket>>,
    clock: Stopwatch,
}

impl Pace {
    /// So many bytes a second, over all answers.
    pub(super) fn new(rate: Option<u64>) -> Self {
        let clock = Stopwatch::start();
        Self { bucket: Arc::new(Mutex::new(Bucket::new(rate, clock.now()))), clock }
    }
}

/// Bytes that are sent so.
#[derive(Debug)]
pub(super) struct Paced {
    content: Bytes,
    pace: Pace,
    wait: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// These bytes.
    pub(super) fn new(content: Bytes, pace: Pace) -> Self {
        Self { content, pace, wait: None }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        if self.content.is_empty() {
            return Poll::Ready(None);
        }
        let (part, wait) = {
            let mut bucket = self.pace.bucket.lock().unwrap_or_else(PoisonError::into_inner);
            let part = self.content.len().min(bucket.gulp());
            (part, bucket.take(part as u64, self.pace.clock.now()))
        };
        let part = self.content.split_to(part);
        if !wait.is_zero() {
            self.wait = Some(Box::pin(tokio::time::sleep(wait)));
        }
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.len() as u64)
    }
}
