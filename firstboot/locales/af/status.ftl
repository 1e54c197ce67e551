### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in Afrikaans.

status-addresses = Sy adresse: { $addresses }
status-code = Druk Enter vir 'n kode wat iemand wat jou help van hierdie skerm kan lees. Daar is geen name, wagwoorde of adresse in nie.
status-back = Vir iemand wat jou help. Druk Enter om terug te gaan.
status-failing = ’n Skyf van hierdie rekenaar sê dat dit gaan breek: maak ’n kopie van wat daarop is, en laat dit vervang.
