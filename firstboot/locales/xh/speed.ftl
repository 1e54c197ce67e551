### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in isiXhosa. Short words and short sentences.

guess = Lowo uqashela isivakalisi esiyimfihlo ufuna imizuzwana engu-{ $seconds } nememori engu-{ $megabytes } MB kwilinge ngalinye, kwikhompyutha enje ngale.
