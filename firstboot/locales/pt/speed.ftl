### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in Portuguese. Short words and short sentences.

guess = Quem adivinhar uma frase secreta precisa de { $seconds } segundos e de { $megabytes } MB de memória por tentativa, num computador como este.
