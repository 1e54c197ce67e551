### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in Kiswahili.

status-addresses = Anwani zake: { $addresses }
status-code = Bonyeza Enter upate msimbo ambao anayekusaidia anaweza kuusoma kwenye skrini hii. Hauna majina ya watu, nywila wala anwani.
status-back = Wa anayekusaidia. Bonyeza Enter ili urudi.
status-failing = Diski ya kompyuta hii inasema kwamba iko karibu kuharibika: nakili kilichomo, na uibadilishe.
