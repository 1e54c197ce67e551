### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Iqela { $group } lesimemo alichwethezwanga kakuhle.
invitation-end = Isiphelo sesimemo asikho.
invitation-other = Xa unesimemo, khetha indlela yokuqala: ngokwazo.
invitation-into = Isimemo sesoluntu olubizwa ngokuba ngu-“{ $community }”.
change-mesh-community = Ezinye iikhompyutha: { $how }, ezoluntu “{ $community }” kuphela
wireguard-label = Ifayile yenethiwekhi (WireGuard)
wireguard-help = Njengoko uyinikwe ngulowo ukhathalela inethiwekhi, ngaphandle kwemigca engenanto. Inesitshixo esiyimfihlo sale khompyutha.
network-file-kept = Yishiye ingenanto ukuze kugcinwe leyo inikiweyo.
wireguard-line = Umgca { $line }: kulindeleke ‘Igama = ixabiso’.
network-file-name = Umgca { $line }: { $name } ayamkelwa apha.
network-file-value = Umgca { $line }: eli asilo xabiso le-{ $name }.
network-file-twice = Umgca { $line }: { $name } sele ikho.
network-file-missing = Kusilela { $name }.
network-file-long = Ifayile inde kakhulu.
radio-label = Dibana neeradio zezinye iikhompyutha ngaphandle kwe-access point phakathi
radio-help = Iradio ye-Wi-Fi yale khompyutha iya kusebenzela oko kuphela. Asizozonke iiradio ezikwaziyo, kwaye nezinye ezikufutshane kufuneka zikwenze.
nebula-label = Iifayile zenethiwekhi (Nebula)
nebula-help = Njengoko uzinikwe ngulowo ukhathalela inethiwekhi, enye emva kwenye nangaphandle kwemigca engenanto: isatifikethi sayo, isatifikethi nesitshixo sale khompyutha; emva koko umgca ‘lighthouse IDILESI UMAMKELI:IZIBUKO’ wesibane solwandle ngasinye.
nebula-line = Umgca { $line }: kulindeleke ibhloko eqala ngo-‘-----BEGIN’, ‘lighthouse IDILESI UMAMKELI:IZIBUKO’ okanye ‘port INOMBOLO’.
nebula-foreign = Isatifikethi sale khompyutha sesenye inethiwekhi.
nebula-key = Isitshixo asihambelani nesatifikethi sale khompyutha.
nebula-ended = Isatifikethi sale khompyutha siphelelwe ngo-{ $day }.
