//! What a file of answers says to a question.

use formats::answers::{Answers, Mesh, MeshKind, Unanswered, Unlock};

use crate::facts::Facts;
use crate::form::Given;
use crate::machine::Question;

/// The answer; `None` where a person is asked. To the recovery key a file has no answer: it may say who gets it.
pub fn given(question: Question, file: &Answers, facts: &Facts) -> Option<Given> {
    let usual = file.unanswered == Some(Unanswered::Usual);
    match question {
        Question::Language => {
            let keyboard = file.keyboard.as_ref().or_else(|| facts.keyboards.first().filter(|_| usual))?;
            Some(Given::Language(file.language?, keyboard.clone()))
        }
        Question::TimeZone => file.time_zone.clone().map(Given::TimeZone),
        Question::Preset => file.preset.map(Given::Preset),
        Question::Identity => {
            let who = file.administrator.as_ref()?;
            let own = || facts.host.parse().ok().filter(|_| usual);
            Some(Given::Identity {
                name: file.name.clone().or_else(own)?,
                user: who.name.clone(),
                password: Some(who.password.clone()?),
                ssh_keys: who.ssh_keys.clone(),
            })
        }
        Question::Network => match (&file.country, &file.network) {
            (None, None) if !usual => None,
            (country, network) => Some(Given::Network(country.clone(), network.clone().unwrap_or_default())),
        },
        // A device that knows it knows better.
        Question::Solar if facts.battery.is_some() => Some(Given::Solar(None)),
        Question::Solar if file.battery.is_some() || usual => Some(Given::Solar(file.battery)),
        Question::Solar => None,
        Question::Mesh => {
            let kind = facts.mesh.first().copied().unwrap_or(MeshKind::None);
            file.mesh.clone().or_else(|| usual.then(|| Mesh { kind, ..Mesh::default() })).map(Given::Mesh)
        }
        Question::Storage => match file.unlock.clone()? {
            Unlock::Passphrase { passphrase: None } => None,
            unlock => Some(Given::Storage(file.disks.clone().unwrap_or_default(), unlock)),
        },
        Question::RecoveryKey => None,
        Question::Services => file.services.clone().or_else(|| usual.then(Vec::new)).map(Given::Services),
        Question::Summary => usual.then_some(Given::Go),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, facts: &Facts) -> Vec<Question> {
        let file = Answers::parse(&format!("format = 1\n{text}")).unwrap();
        Question::ALL.into_iter().filter(|question| given(*question, &file, facts).is_none()).collect()
    }

    #[test]
    fn who_is_asked_what() {
        let facts = Facts { keyboards: vec!["us".parse().unwrap()], host: "ilanga-0a1b2c".into(), ..Facts::default() };
        assert_eq!(asked("", &facts), Question::ALL);
        let least = "unanswered = \"usual\"\nlanguage = \"zu\"\ntime-zone = \"Africa/Maputo\"\npreset = \"school\"\n\
                     [administrator]\nname = \"thandi\"\npassword = \"isikhathi sinye\"\n[unlock]\nby = \"tpm\"\n";
        assert_eq!(asked(least, &facts), [Question::RecoveryKey]);
        let all = least
            .replace("unanswered = \"usual\"\n", "keyboard = \"za\"\nname = \"a\"\ncountry = \"ZA\"\nservices = []\n");
        assert_eq!(asked(&all, &facts), [Question::Solar, Question::Mesh, Question::RecoveryKey, Question::Summary]);
        let by_hand =
            least.replace("by = \"tpm\"", "by = \"passphrase\"").replace("password = \"isikhathi sinye\"\n", "");
        assert_eq!(asked(&by_hand, &facts), [Question::Identity, Question::Storage, Question::RecoveryKey]);
    }

    #[test]
    fn nodes_of_one_file_have_names_of_their_own() {
        let file =
            "format = 1\nunanswered = \"usual\"\n[administrator]\nname = \"t\"\npassword = \"isikhathi sinye\"\n";
        let facts = Facts { host: "ilanga-0a1b2c".into(), ..Facts::default() };
        let found = given(Question::Identity, &Answers::parse(file).unwrap(), &facts);
        assert!(matches!(found, Some(Given::Identity { name, .. }) if name.as_str() == "ilanga-0a1b2c"));
    }
}
