### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqela { $group } lesimemo alichwethezwanga kakuhle.
invitation-end = Isiphelo sesimemo asikho.
invitation-other = Xa unesimemo, khetha indlela yokuqala: ngokwazo.
invitation-into = Isimemo sesoluntu olubizwa ngokuba ngu-“{ $community }”.
change-mesh-community = Ezinye iikhompyutha: { $how }, ezoluntu “{ $community }” kuphela
wireguard-label = Ifayile yenethiwekhi (WireGuard)
wireguard-help = Njengoko uyinikwe ngulowo ukhathalela inethiwekhi, ngaphandle kwemigca engenanto. Inesitshixo esiyimfihlo sale khompyutha.
wireguard-kept = Yishiye ingenanto ukuze kugcinwe leyo inikiweyo.
wireguard-line = Umgca { $line }: kulindeleke ‘Igama = ixabiso’.
wireguard-name = Umgca { $line }: { $name } ayamkelwa apha.
wireguard-value = Umgca { $line }: eli asilo xabiso le-{ $name }.
wireguard-twice = Umgca { $line }: { $name } sele ikho.
wireguard-missing = Kusilela { $name }.
wireguard-long = Ifayile inde kakhulu.
radio-label = Dibana neeradio zezinye iikhompyutha ngaphandle kwe-access point phakathi
radio-help = Iradio ye-Wi-Fi yale khompyutha iya kusebenzela oko kuphela. Asizozonke iiradio ezikwaziyo, kwaye nezinye ezikufutshane kufuneka zikwenze.
