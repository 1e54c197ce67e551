### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in French.

status-addresses = Ses adresses : { $addresses }
status-code = Appuyez sur Entrée pour un code que la personne qui vous aide peut lire sur cet écran. Il ne contient ni noms, ni mots de passe, ni adresses.
status-back = Pour la personne qui vous aide. Appuyez sur Entrée pour revenir.
status-failing = Un disque de cet ordinateur annonce une panne proche : copiez ce qu’il contient et faites-le remplacer.
