### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in French. Short words and short sentences.

stick-none = Aucune clé USB branchée ne peut recevoir la clé. Branchez-en une qui est formatée en FAT32, et rechargez cette page.
stick-one = La clé sera mise sur { $stick } ; ce qui s’y trouve y reste. La clé USB doit être branchée à chaque démarrage. Gardez-la à un autre endroit que l’ordinateur. Si elle est perdue, la clé de secours ouvre les données.
stick-several = Plus d’une clé USB est branchée. Ne laissez que celle qui ouvrira les données, et rechargez cette page.
stick-failed = La clé n’a pas pu être mise sur la clé USB : { $why }
