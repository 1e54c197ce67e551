### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in Afrikaans.

reset-title = Vee hierdie rekenaar uit
reset-says = Alles wat mense op hierdie rekenaar gesit het, sal vir altyd weg wees, en niemand kan dit terugbring nie: geen sleutel, geen wagfrase nie. Die stelsel bly, en vra om nuut opgestel te word. Druk Alt en F1 om alles te laat soos dit is.
reset-how = As jy dit wil hê, tik die naam van hierdie rekenaar: { $name }
reset-doing = Dit word uitgevee. Hierdie rekenaar begin vanself weer.
here-title = By hierdie rekenaar se sleutelbord
here-says = Druk Alt en F1 om alles te laat soos dit is.
renew-title = ’n Nuwe wagwoord vir { $name }
renew-says = Wie hierdie rekenaar se herstelsleutel of wagfrase het, kan ’n nuwe wagwoord kies. Die vorige een verval. Tik niks om terug te gaan.
renew-done = Die nuwe wagwoord geld van nou af. Druk ’n sleutel.
