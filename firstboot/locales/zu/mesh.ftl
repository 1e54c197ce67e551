### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqoqo { $group } lesimemo alibhalwanga kahle.
invitation-end = Isiphetho sesimemo asikho.
invitation-other = Uma unesimemo, khetha indlela yokuqala: ngokwawo.
invitation-into = Isimemo singesomphakathi othi “{ $community }”.
change-mesh-community = Amanye amakhompyutha: { $how }, awomphakathi othi “{ $community }” kuphela
wireguard-label = Ifayela lenethiwekhi (WireGuard)
wireguard-help = Njengoba ulinikwe onakekela inethiwekhi, ngaphandle kwemigqa engenalutho. Linokhiye oyimfihlo wale khompyutha.
network-file-kept = Kushiye kungenalutho ukuze kugcinwe elinikeziwe.
wireguard-line = Umugqa { $line }: kulindeleke ‘Igama = inani’.
network-file-name = Umugqa { $line }: { $name } akwamukelwa lapha.
network-file-value = Umugqa { $line }: leli akulona inani le-{ $name }.
network-file-twice = Umugqa { $line }: { $name } sekukhona kakade.
network-file-missing = Kushoda { $name }.
network-file-long = Ifayela lide kakhulu.
radio-label = Xhumana nemisakazo yamanye amakhompyutha ngaphandle kwe-access point phakathi
radio-help = Umsakazo we-Wi-Fi wale khompyutha uzobe usebenzela lokho kuphela. Akuyona yonke imisakazo ekwaziyo, futhi namanye aseduze kufanele akwenze.
nebula-label = Amafayela enethiwekhi (Nebula)
nebula-help = Njengoba uwanikwe onakekela inethiwekhi, elinye ngemva kwelinye futhi ngaphandle kwemigqa engenalutho: isitifiketi sayo, isitifiketi nokhiye wale khompyutha; bese kuba umugqa ‘lighthouse IKHELI UMSINGATHI:IMBOBO’ wesibani solwandle ngasinye.
nebula-line = Umugqa { $line }: kulindeleke ibhulokhi eqala ngo-‘-----BEGIN’, ‘lighthouse IKHELI UMSINGATHI:IMBOBO’ noma ‘port INOMBOLO’.
nebula-foreign = Isitifiketi sale khompyutha singesenye inethiwekhi.
nebula-key = Ukhiye awuhambisani nesitifiketi sale khompyutha.
nebula-ended = Isitifiketi sale khompyutha siphelelwe ngo-{ $day }.
