### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in Afrikaans. Short words and short sentences.

guess = Wie ’n wagfrase raai, het { $seconds } sekondes en { $megabytes } MB geheue vir elke poging nodig, op ’n rekenaar soos hierdie.
