//! What hawkBit says to a device, and what it learns from it: decides what the answer to a request is.
//!
//! ```text
//! GET  TENANT/controller/v1/TARGET                                links to what is to be done, and when to ask again
//! PUT  TENANT/controller/v1/TARGET/configData                     the device's attributes
//! GET  TENANT/controller/v1/TARGET/deploymentBase/ID              what to install: one bundle, and its digests
//! GET  TENANT/controller/v1/TARGET/softwaremodules/ID/artifacts/FILE   the bundle, whole or from somewhere on
//! POST TENANT/controller/v1/TARGET/deploymentBase/ID/feedback     how far it is, and how it ended
//! ```
//!
//! The [direct device integration API](https://eclipse.dev/hawkbit/apis/ddi_api/) describes them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Deployment, Seen};
use crate::http::{Part, Request, range};

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Only a status.
    Status(u16),
    /// A document.
    Document(Value),
    /// A part of the bundle.
    Bundle(Part),
}

/// What the device says about a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The deployment.
    pub deployment: String,
    /// `proceeding`, and `closed` when it has ended.
    pub execution: String,
    /// `none`, and `success` or `failure` when it has ended.
    pub finished: String,
    /// Sentences for people.
    pub details: Vec<String>,
}

/// What hawkBit knows of one device.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) token: String,
    pub(super) attributes: Option<BTreeMap<String, String>>,
    pub(super) deployment: Option<Deployment>,
    pub(super) seen: Vec<Seen>,
}

impl Target {
    /// The answer to a request, by which it also learns.
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let base = format!("/DEFAULT/controller/v1/{}", self.name);
        let known = |word: &str| format!("{word} {}", self.token);
        let token = request.header("authorization").unwrap_or_default();
        if ![known("GatewayToken"), known("TargetToken")].iter().any(|known| known == token) {
            self.seen.push(Seen::Refused(request.path.clone()));
            return Answer::Status(401);
        }
        let Some(rest) = request.path.strip_prefix(&base) else { return Answer::Status(404) };
        let host = request.header("host").unwrap_or_default();
        let url = format!("http://{host}{base}");
        let steps: Vec<&str> = rest.split('/').skip(1).collect();
        match (request.method.as_str(), steps.as_slice()) {
            ("GET", []) => {
                self.seen.push(Seen::Asked);
                Answer::Document(self.links(&url))
            }
            ("PUT", ["configData"]) => self.identified(&request.body),
            ("GET", ["deploymentBase", id]) => match self.deployed(id) {
                Some(deployment) => Answer::Document(document(deployment, &url)),
                None => Answer::Status(404),
            },
            ("GET", ["softwaremodules", id, "artifacts", file]) if *file == FILE => {
                self.bundle(id, request.header("range"))
            }
            ("POST", ["deploymentBase", id, "feedback"]) => self.heard(id, &request.body),
            _ => Answer::Status(404),
        }
    }

    fn deployed(&self, id: &str) -> Option<&Deployment> {
        self.deployment.as_ref().filter(|deployment| deployment.id == id)
    }

    fn links(&self, url: &str) -> Value {
        let mut links = serde_json::Map::new();
        if self.attributes.is_none() {
            links.insert("configData".into(), json!({ "href": format!("{url}/configData") }));
        }
        if let Some(Deployment { id, .. }) = &self.deployment {
            links.insert("deploymentBase".into(), json!({ "href": format!("{url}/deploymentBase/{id}?c=1") }));
        }
        json!({ "config": { "polling": { "sleep": "00:00:03" } }, "_links": links })
    }

    fn identified(&mut self, body: &[u8]) -> Answer {
        #[derive(Deserialize)]
        struct Message {
            data: BTreeMap<String, String>,
        }
        let Ok(message) = serde_json::from_slice::<Message>(body) else { return Answer::Status(400) };
        self.seen.push(Seen::Attributes(message.data.clone()));
        self.attributes = Some(message.data);
        Answer::Status(200)
    }

    fn bundle(&mut self, id: &str, asked: Option<&str>) -> Answer {
        let Some(deployment) = self.deployment.as_mut().filter(|deployment| deployment.id == id) else {
            return Answer::Status(404);
        };
        let Some(range) = asked.map_or(Some(0..deployment.size), |asked| range(asked, deployment.size)) else {
            return Answer::Status(416);
        };
        self.seen.push(Seen::Download(deployment.id.clone(), range.clone()));
        let breaks_at = deployment.breaks_once_at.take().filter(|at| range.contains(at));
        Answer::Bundle(Part { range, partial: asked.is_some(), breaks_at })
    }

    fn heard(&mut self, id: &str, body: &[u8]) -> Answer {
        let Some(feedback) = feedback(id, body) else { return Answer::Status(400) };
        if self.deployed(id).is_none() {
            // It has ended, or there never was one.
            return Answer::Status(410);
        }
        if feedback.execution == "closed" {
            self.deployment = None;
        }
        self.seen.push(Seen::Feedback(feedback));
        Answer::Status(200)
    }
}

/// The name that the bundle has here.
const FILE: &str = "update.raucb";

fn document(deployment: &Deployment, url: &str) -> Value {
    let Deployment { id, name, version, size, sha1, md5, sha256, .. } = deployment;
    let file = format!("{url}/softwaremodules/{id}/artifacts/{FILE}");
    json!({
        "id": id,
        "deployment": {
            "download": "forced",
            "update": "forced",
            "chunks": [{
                "part": "os",
                "name": name,
                "version": version,
                "artifacts": [{
                    "filename": FILE,
                    "size": size,
                    "hashes": { "sha1": sha1, "md5": md5, "sha256": sha256 },
                    "_links": { "download-http": { "href": file } },
                }],
            }],
        },
    })
}

/// Reads what a device says about a deployment.
fn feedback(id: &str, body: &[u8]) -> Option<Feedback> {
    #[derive(Deserialize)]
    struct Message {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        execution: String,
        result: Outcome,
        #[serde(default)]
        details: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Outcome {
        finished: String,
    }
    let Message { status } = serde_json::from_slice(body).ok()?;
    let known = ["closed", "proceeding", "canceled", "scheduled", "rejected", "resumed", "downloaded", "download"];
    let Status { execution, result: Outcome { finished }, details } = status;
    let understood = known.contains(&execution.as_str()) && ["success", "failure", "none"].contains(&finished.as_str());
    understood.then(|| Feedback { deployment: id.to_owned(), execution, finished, details })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        let deployment = Deployment {
            id: "7".into(),
            name: "Ilanga".into(),
            version: "2026.11.1".into(),
            file: "/x".into(),
            size: 100,
            sha1: "1".into(),
            md5: "5".into(),
            sha256: "256".into(),
            breaks_once_at: Some(40),
        };
        let (name, token) = ("node".into(), "secret".into());
        Target { name, token, attributes: None, deployment: Some(deployment), seen: Vec::new() }
    }

    fn ask(target: &mut Target, line: &str, headers: &str, body: &str) -> Answer {
        let token = "Host: h:1\r\nAuthorization: GatewayToken secret\r\n";
        let mut request = Request::parse(&format!("{line} HTTP/1.1\r\n{token}{headers}\r\n")).unwrap();
        request.body = body.as_bytes().to_owned();
        target.answer(&request)
    }

    #[test]
    fn only_who_knows_the_token_is_answered() {
        let mut target = target();
        for header in ["", "Authorization: GatewayToken other\r\n", "Authorization: secret\r\n"] {
            let head = format!("GET /DEFAULT/controller/v1/node HTTP/1.1\r\n{header}\r\n");
            assert_eq!(target.answer(&Request::parse(&head).unwrap()), Answer::Status(401), "{header}");
        }
        let head = "GET /DEFAULT/controller/v1/node HTTP/1.1\r\nAuthorization: TargetToken secret\r\n\r\n";
        assert!(matches!(target.answer(&Request::parse(head).unwrap()), Answer::Document(_)));
        assert_eq!(target.seen.len(), 4);
        assert_eq!(target.seen[3], Seen::Asked);
    }

    #[test]
    fn leads_a_device_through_a_deployment() {
        let mut target = target();
        let base = "/DEFAULT/controller/v1/node";
        let Answer::Document(links) = ask(&mut target, &format!("GET {base}"), "", "") else { panic!("no links") };
        assert_eq!(links["_links"]["configData"]["href"], format!("http://h:1{base}/configData"));
        assert_eq!(links["config"]["polling"]["sleep"], "00:00:03");
        let put = format!("PUT {base}/configData");
        assert_eq!(ask(&mut target, &put, "", "{}"), Answer::Status(400));
        assert_eq!(ask(&mut target, &put, "", r#"{"data": {"board": "x"}}"#), Answer::Status(200));
        let Answer::Document(links) = ask(&mut target, &format!("GET {base}"), "", "") else { panic!("no links") };
        assert!(links["_links"].get("configData").is_none());
        let url = links["_links"]["deploymentBase"]["href"].as_str().unwrap().replace("http://h:1", "");
        let Answer::Document(told) = ask(&mut target, &format!("GET {url}"), "", "") else { panic!("no deployment") };
        let artifact = &told["deployment"]["chunks"][0]["artifacts"][0];
        assert_eq!(artifact["hashes"]["sha256"], "256");
        let file = artifact["_links"]["download-http"]["href"].as_str().unwrap().replace("http://h:1", "");
        let get = format!("GET {file}");
        let first = Answer::Bundle(Part { range: 0..100, partial: false, breaks_at: Some(40) });
        assert_eq!(ask(&mut target, &get, "", ""), first);
        let rest = Answer::Bundle(Part { range: 40..100, partial: true, breaks_at: None });
        assert_eq!(ask(&mut target, &get, "Range: bytes=40-\r\n", ""), rest);
        assert_eq!(ask(&mut target, &get, "Range: bytes=100-\r\n", ""), Answer::Status(416));
        let post = format!("POST {base}/deploymentBase/7/feedback");
        let say = |execution: &str, finished: &str| {
            json!({ "id": "7", "time": "now", "status": {
                "execution": execution, "result": { "finished": finished }, "details": ["so"] } })
            .to_string()
        };
        assert_eq!(ask(&mut target, &post, "", &say("proceeding", "none")), Answer::Status(200));
        assert_eq!(ask(&mut target, &post, "", &say("done", "none")), Answer::Status(400));
        assert_eq!(ask(&mut target, &post, "", &say("closed", "success")), Answer::Status(200));
        assert_eq!(ask(&mut target, &post, "", &say("closed", "success")), Answer::Status(410));
        assert_eq!(ask(&mut target, &get, "", ""), Answer::Status(404));
        let ended = Feedback {
            deployment: "7".into(),
            execution: "closed".into(),
            finished: "success".into(),
            details: vec!["so".into()],
        };
        assert_eq!(target.seen.last(), Some(&Seen::Feedback(ended)));
        assert_eq!(ask(&mut target, "GET /DEFAULT/controller/v1/other", "", ""), Answer::Status(404));
    }
}
