//! A key that signs release files in tests.

use chrono::{DateTime, TimeDelta, Utc};
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, KeyType, SecretKeyParamsBuilder, SignedKeyDetails, SignedPublicKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, SecretKey, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, Password, SignedUser, Tag};
use rand_core::OsRng;

/// The time of these tests.
pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A key, and what is unusual about it.
pub(super) struct TestKey {
    /// The secret.
    pub(super) key: SecretKey,
    /// How long it may be used.
    pub(super) lifetime: Option<TimeDelta>,
    /// Whether it is one that signs.
    pub(super) signs: bool,
    /// Whether its owner took it back.
    pub(super) revoked: bool,
}

impl TestKey {
    /// A key that was made ten days ago.
    pub(super) fn new() -> Self {
        Self::of_type(KeyType::Ed25519)
    }

    /// A key of an algorithm that some digests are not too weak for.
    pub(super) fn of_type(kind: KeyType) -> Self {
        let made = now() - TimeDelta::days(10);
        let mut params = SecretKeyParamsBuilder::default();
        params.key_type(kind).created_at(made).primary_user_id("Test <test@example.org>".to_owned());
        let key = params.build().unwrap().generate(OsRng).unwrap().sign(OsRng, &Password::empty()).unwrap();
        Self { key: key.primary_key, lifetime: None, signs: true, revoked: false }
    }

    /// What everybody knows of it.
    pub(super) fn public(&self) -> Vec<u8> {
        let mut flags = KeyFlags::default();
        flags.set_certify(true);
        flags.set_sign(self.signs);
        let mut about = vec![SubpacketData::KeyFlags(flags)];
        about.extend(self.lifetime.map(SubpacketData::KeyExpirationTime));
        let (key, password) = (self.key.public_key(), Password::empty());
        let user = pgp::packet::UserId::from_str(Default::default(), "Test <test@example.org>").unwrap();
        let config =
            self.config(SignatureType::CertPositive, HashAlgorithm::Sha512, now() - TimeDelta::days(10), about);
        let own = config.sign_certification(&self.key, key, &password, Tag::UserId, &user).unwrap();
        let revoked = self.revoked.then(|| {
            let config = self.config(SignatureType::KeyRevocation, HashAlgorithm::Sha512, now(), Vec::new());
            config.sign_key(&self.key, &password, key).unwrap()
        });
        let user = SignedUser::new(user, vec![own]);
        let details = SignedKeyDetails::new(revoked.into_iter().collect(), Vec::new(), vec![user], Vec::new());
        SignedPublicKey::new(key.clone(), details, Vec::new()).to_bytes().unwrap()
    }

    /// A signed text, made now.
    pub(super) fn sign(&self, text: &str) -> String {
        self.sign_with(text, HashAlgorithm::Sha512, now(), None)
    }

    /// A signed text of another time, with another digest, or with a signature that does not last.
    pub(super) fn sign_with(
        &self,
        text: &str,
        hash: HashAlgorithm,
        made: DateTime<Utc>,
        lifetime: Option<TimeDelta>,
    ) -> String {
        let message =
            CleartextSignedMessage::new_many(text, |text| Ok(vec![self.signature(text, hash, made, lifetime)]));
        message.unwrap().to_armored_string(ArmorOptions::default()).unwrap()
    }

    /// A signature of a text whose lines end with `\r\n`.
    pub(super) fn signature(
        &self,
        text: &str,
        hash: HashAlgorithm,
        made: DateTime<Utc>,
        lifetime: Option<TimeDelta>,
    ) -> Signature {
        let lifetime = lifetime.map(SubpacketData::SignatureExpirationTime);
        let config = self.config(SignatureType::Text, hash, made, lifetime.into_iter().collect());
        config.sign(&self.key, &Password::empty(), text.as_bytes()).unwrap()
    }

    fn config(
        &self,
        kind: SignatureType,
        hash: HashAlgorithm,
        made: DateTime<Utc>,
        more: Vec<SubpacketData>,
    ) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, self.key.algorithm(), hash);
        let first =
            [SubpacketData::SignatureCreationTime(made), SubpacketData::IssuerFingerprint(self.key.fingerprint())];
        config.hashed_subpackets =
            first.into_iter().chain(more).map(|data| Subpacket::regular(data).unwrap()).collect();
        config
    }
}
