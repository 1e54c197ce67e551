### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in French.

reset-title = Effacer cet ordinateur
reset-says = Tout ce qui a été mis sur cet ordinateur disparaîtra pour toujours, et personne ne pourra le retrouver : aucune clé, aucune phrase secrète. Le système reste, et demande à être configuré de nouveau. Appuyez sur Alt et F1 pour tout laisser ainsi.
reset-how = Si vous voulez cela, tapez le nom de cet ordinateur : { $name }
reset-doing = Il est en train d’être effacé. Cet ordinateur redémarre de lui-même.
here-title = Au clavier de cet ordinateur
here-says = Appuyez sur Alt et F1 pour tout laisser en l’état.
renew-title = Un nouveau mot de passe pour { $name }
renew-says = Qui a la clé de secours de cet ordinateur, ou sa phrase secrète, peut choisir un nouveau mot de passe. L’ancien ne vaut plus. Ne tapez rien pour revenir.
renew-done = Le nouveau mot de passe vaut dès maintenant. Appuyez sur une touche.
