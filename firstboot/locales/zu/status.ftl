### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen that shows how the computer is, in isiZulu.

status-addresses = Amakheli ayo: { $addresses }
status-code = Cindezela u-Enter ukuze uthole ikhodi umuntu okusizayo angayifunda kulesi sikrini. Ayinawo amagama abantu, amaphasiwedi noma amakheli.
status-back = Eyomuntu okusizayo. Cindezela u-Enter ukuze ubuyele emuva.
status-failing = Idiski yale khompyutha ithi isizokonakala: kopisha okukuyo, bese ushintshwa.
