//! The manifest in a bundle's signature, a [CMS](https://www.rfc-editor.org/rfc/rfc5652) message of the type *signed
//! data*. Whether the signature holds is RAUC's to say, or the builder's.

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::Decode as _;
use der::asn1::{ObjectIdentifier, OctetString};

use super::error::BadBundle;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");

/// The bytes that the signature `message` carries and is over: a manifest, if it is a bundle's.
pub fn signed_content(message: &[u8]) -> Result<Vec<u8>, BadBundle> {
    let wrong = BadBundle::Signature;
    let info = ContentInfo::from_der(message).map_err(|_| wrong("is no CMS message"))?;
    match info.content_type {
        SIGNED_DATA => {}
        ENVELOPED_DATA => return Err(BadBundle::Encrypted),
        _ => return Err(wrong("is a CMS message that signs nothing")),
    }
    let data: SignedData = info.content.decode_as().map_err(|_| wrong("is no CMS message"))?;
    if data.signer_infos.0.len() != 1 {
        return Err(wrong("has not exactly one signer"));
    }
    let content = data.encap_content_info;
    if content.econtent_type != DATA {
        return Err(wrong("is over something else than a manifest"));
    }
    let content = content.econtent.ok_or(BadBundle::Format("plain".to_owned()))?;
    let content: OctetString = content.decode_as().map_err(|_| wrong("is over something else than a manifest"))?;
    Ok(content.into_bytes())
}
