//! What is kept of a password: one hash for logging in to the system, as [crypt(5)](https://manpages.debian.org/crypt.5) reads it
//! (yescrypt, Debian's own choice), and one for the node's page (Argon2id), which is another program's.
//!
//! Invariant: the password itself is kept nowhere.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use formats::answers::Password;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use yescrypt::{PasswordHasher as _, PasswordVerifier as _, Yescrypt};

/// Both hashes of a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hashes {
    /// `$y$…`.
    pub login: String,
    /// `$argon2id$…`.
    pub page: String,
}

/// A password could not be hashed: there is not enough memory, or there are no random numbers.
#[derive(Debug, Error)]
#[error("hashing a password: {0}")]
pub struct Unhashed(String);

/// Argon2id with the least that [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) recommends:
/// 19 MiB, two passes, one lane. Set-up and page have to do with 40 MB, and logins tried at the same time must not take all memory.
fn argon2() -> Result<Argon2<'static>, Unhashed> {
    let params = Params::new(19 << 10, 2, 1, None).map_err(|error| Unhashed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password. It takes a part of a second, and 19 MiB of memory.
pub fn hash(password: &Password) -> Result<Hashes, Unhashed> {
    let bytes = password.as_str().as_bytes();
    let unhashed = |error: &dyn std::fmt::Display| Unhashed(error.to_string());
    let login = Yescrypt::default().hash_password(bytes).map_err(|error| unhashed(&error))?;
    let page = argon2()?.hash_password(bytes).map_err(|error| unhashed(&error))?;
    Ok(Hashes { login: login.as_str().to_owned(), page: page.to_string() })
}

/// Whether this is the password of a page's hash. A hash that can't be read is nobody's.
pub fn is(typed: &str, page: &str) -> bool {
    let Ok(hash) = PasswordHash::new(page) else { return false };
    argon2().is_ok_and(|argon2| argon2.verify_password(typed.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn both_hashes_are_the_passwords() {
        let password: Password = "umbane namanzi 7".parse().unwrap();
        let hashes = hash(&password).unwrap();
        assert!(is("umbane namanzi 7", &hashes.page));
        assert!(
            !is("umbane namanzi 8", &hashes.page) && !is("", &hashes.page) && !is("umbane namanzi 7", "$argon2id$")
        );
        assert_ne!(hash(&password).unwrap(), hashes, "no salt");
        assert!(hashes.login.starts_with("$y$j9T$") && hashes.page.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        // What logs people in: the system's crypt(3).
        let crypt = Command::new("perl")
            .args(["-e", "print crypt($ARGV[0], $ARGV[1])", "umbane namanzi 7", &hashes.login])
            .output();
        match crypt {
            Ok(output) => assert_eq!(String::from_utf8(output.stdout).unwrap(), hashes.login),
            Err(_) => println!("skipped: no perl"),
        }
    }
}
