### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in isiZulu.

disk-failing = isho yona ukuthi isizokonakala: okubekwa kuyo kungalahleka
disk-holds-failing = okukuyo: { $holds }; isho yona ukuthi isizokonakala: okubekwa kuyo kungalahleka
disk-empty-worn = ayinalutho; kusetshenziswe okungafika ku-{ $percent } % wempilo yayo
disk-holds-worn = okukuyo: { $holds }; kusetshenziswe okungafika ku-{ $percent } % wempilo yayo
moved-title = Isistimu isikudiski yale khompyutha uqobo
moved-says = Le khompyutha izovuleka kabusha ngediski yayo, bese umsebenzi uqhubeka khona. Khipha i-USB stick. Uma leli khasi libuya, cisha ikhompyutha, ukhiphe i-USB stick, bese uyivula.
data-several = Idatha ingaba kudiski eyodwa, hhayi kwamaningi.
