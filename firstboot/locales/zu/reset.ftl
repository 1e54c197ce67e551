### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in isiZulu.

reset-title = Sula le khompyutha
reset-says = Konke abantu abakufake kule khompyutha kuzonyamalala unomphela, akekho ongakubuyisa: noma ngayiphi ukhiye noma umusho oyimfihlo. Isistimu iyasala, bese icela ukulungiswa kabusha. Cindezela u-Alt no-F1 ukuze ushiye konke kunjalo.
reset-how = Uma ufuna lokho, bhala igama lale khompyutha: { $name }
reset-doing = Iyasulwa. Le khompyutha izoziqalela kabusha.
