### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in isiXhosa.

status-addresses = Iidilesi zayo: { $addresses }
status-code = Cofa u-Enter ukuze ufumane ikhowudi umntu okuncedayo anokuyifunda kwesi sikrini. Ayinamagama abantu, amagama ayimfihlo okanye iidilesi.
status-back = Yeyomntu okuncedayo. Cofa u-Enter ukuze ubuyele emva.
status-failing = Idiski yale khompyutha ithi sele iza konakala: kopa okukuyo, uze uyitshintshe.
