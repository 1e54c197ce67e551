//! What logind is asked: who is logged in, and to restart the computer.

use zbus::Connection;
use zbus::zvariant::OwnedObjectPath;

/// A session: its id, its user's number and name, its seat, its object.
type Listed = (String, u32, String, String, OwnedObjectPath);

/// `SD_LOGIND_ROOT_CHECK_INHIBITORS`: a program that must not be interrupted now is heard, though root asks.
const HEED_INHIBITORS: u64 = 1;

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1",
    gen_blocking = false
)]
trait Manager {
    fn list_sessions(&self) -> zbus::Result<Vec<Listed>>;
    fn reboot_with_flags(&self, flags: u64) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    gen_blocking = false
)]
trait Session {
    #[zbus(property)]
    fn class(&self) -> zbus::Result<String>;
}

/// How many people are logged in.
pub async fn people(connection: &Connection) -> zbus::Result<usize> {
    let mut people = 0;
    for (.., path) in ManagerProxy::new(connection).await?.list_sessions().await? {
        let session = SessionProxy::builder(connection).path(path)?.build().await?;
        // Others are of services, of managers that linger, and of login screens. One that is gone by now is nobody.
        if session.class().await.is_ok_and(|class| class.starts_with("user")) {
            people += 1;
        }
    }
    Ok(people)
}

/// Restarts the computer.
pub async fn restart(connection: &Connection) -> zbus::Result<()> {
    ManagerProxy::new(connection).await?.reboot_with_flags(HEED_INHIBITORS).await
}
