### No native speaker has read this yet. docs/languages.md says how to mend a text.
### How fast and how safe this computer's disk is, in isiZulu. Short words and short sentences.

guess = Oqagela umusho oyimfihlo udinga imizuzwana engu-{ $seconds } nememori engu-{ $megabytes } MB ngokuzama ngakunye, ekhompyutheni enjengale.
