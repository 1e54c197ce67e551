### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in Sesotho. Short words and short sentences.

guess = Ya lekang ho hakanya polelwana ya lekunutu o hloka metsotswana e { $seconds } le memori ya { $megabytes } MB teko ka nngwe, khomphutheng e jwalo ka ena.
