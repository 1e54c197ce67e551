### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read when the system moves to a disk of the computer, in Sesotho.

disk-failing = e bolela ka boyona hore e se e tla senyeha: se bewang ho yona se ka lahleha
disk-holds-failing = e na le: { $holds }; e bolela ka boyona hore e se e tla senyeha: se bewang ho yona se ka lahleha
disk-empty-worn = ha e na letho; ho sebedisitswe ho fihla ho { $percent } % ya bophelo ba yona
disk-holds-worn = e na le: { $holds }; ho sebedisitswe ho fihla ho { $percent } % ya bophelo ba yona
moved-title = Sisteme e se e le disiking ya khomphutha ena
moved-says = Khomphutha ena e tla buleha hape ka disiki ya yona, mme mosebetsi o tswele pele moo. Ntsha USB stick. Haeba leqephe lena le kgutla, tima khomphutha, ntsha USB stick, ebe o a e bula.
data-several = Data e ka ba disiking e le nngwe, e seng ho tse ngata.
