### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in isiZulu.

reset-title = Sula le khompyutha
reset-says = Konke abantu abakufake kule khompyutha kuzonyamalala unomphela, akekho ongakubuyisa: noma ngayiphi ukhiye noma umusho oyimfihlo. Isistimu iyasala, bese icela ukulungiswa kabusha. Cindezela u-Alt no-F1 ukuze ushiye konke kunjalo.
reset-how = Uma ufuna lokho, bhala igama lale khompyutha: { $name }
reset-doing = Iyasulwa. Le khompyutha izoziqalela kabusha.
here-title = Kukhibhodi yale khompyutha
here-says = Cindezela u-Alt no-F1 ukuze konke kuhlale kunjalo.
renew-title = Iphasiwedi entsha ka-{ $name }
renew-says = Onokhiye wokutakula wale khompyutha, noma umushwana wayo oyimfihlo, angakhetha iphasiwedi entsha. Eyangaphambili iyaphela. Ungabhali lutho ukuze ubuyele emuva.
renew-done = Iphasiwedi entsha isebenza kusukela manje. Cindezela inkinobho.
