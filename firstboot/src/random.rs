//! Random numbers of the kernel's: for keys, sessions and names that nobody guesses.

use thiserror::Error;
use uuid::Uuid;

/// There are none.
#[derive(Debug, Error)]
#[error("getting random numbers: {0}")]
pub struct NotRandom(getrandom::Error);

/// Random bytes.
pub fn bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], NotRandom> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(NotRandom)?;
    Ok(bytes)
}

/// A name that nothing else has (UUID, version 4).
pub(crate) fn uuid() -> Result<Uuid, NotRandom> {
    Ok(uuid::Builder::from_random_bytes(bytes()?).into_uuid())
}
