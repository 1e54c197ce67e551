### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqoqo { $group } lesimemo alibhalwanga kahle.
invitation-end = Isiphetho sesimemo asikho.
invitation-other = Uma unesimemo, khetha indlela yokuqala: ngokwawo.
invitation-into = Isimemo singesomphakathi othi “{ $community }”.
change-mesh-community = Amanye amakhompyutha: { $how }, awomphakathi othi “{ $community }” kuphela
wireguard-label = Ifayela lenethiwekhi (WireGuard)
wireguard-help = Njengoba ulinikwe onakekela inethiwekhi, ngaphandle kwemigqa engenalutho. Linokhiye oyimfihlo wale khompyutha.
wireguard-kept = Kushiye kungenalutho ukuze kugcinwe elinikeziwe.
wireguard-line = Umugqa { $line }: kulindeleke ‘Igama = inani’.
wireguard-name = Umugqa { $line }: { $name } akwamukelwa lapha.
wireguard-value = Umugqa { $line }: leli akulona inani le-{ $name }.
wireguard-twice = Umugqa { $line }: { $name } sekukhona kakade.
wireguard-missing = Kushoda { $name }.
wireguard-long = Ifayela lide kakhulu.
radio-label = Xhumana nemisakazo yamanye amakhompyutha ngaphandle kwe-access point phakathi
radio-help = Umsakazo we-Wi-Fi wale khompyutha uzobe usebenzela lokho kuphela. Akuyona yonke imisakazo ekwaziyo, futhi namanye aseduze kufanele akwenze.
