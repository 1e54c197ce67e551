### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in French. Short words and short sentences.

guess = Qui devine une phrase secrète a besoin de { $seconds } secondes et de { $megabytes } MB de mémoire par essai, sur un ordinateur comme celui-ci.
