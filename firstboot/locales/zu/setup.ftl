### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in isiZulu. Short words and short sentences.

## Everywhere

next = Okulandelayo
back = Emuva
not-answered = Lokhu kuyadingeka.
step = Isinyathelo { $number } kwezingu-{ $of }
somebody-else = Kukhona omunye osetha le khompyutha njengamanje: { $who }. Ungaqhubeka lapho sekuphele imizuzu emibili kungabhalwa lutho.
answered-meanwhile = Lokhu sekuphendulwe kwenye indawo ngaleso sikhathi.
take-over = Kunalokho qhubeka lapha
who-screen = esikrinini sayo
who-phone = efonini noma kwenye ikhompyutha
who-file = ngefayela lezimpendulo
file-bad = Ifayela elithi ilanga.toml elikule diski: { $why }

## Who may

claim-title = Ngekabani le khompyutha?
claim-screen = Bhala izinombolo eziyisithupha ezisesikrinini sale khompyutha.
claim-other = Le khompyutha isethwa ngenye ifoni noma ngenye ikhompyutha. Ikhasi elivulwe lapho libonisa izinombolo eziyisithupha: zibhale lapha.
claim-label = Izinombolo eziyisithupha
claim-wrong = Lezi akuzona izinombolo ezilungile.
claim-closed = Akekho oqalile emizuzwini engu-30 yokuqala. Cisha le khompyutha uyivule futhi, bese ubuyela lapha.
claim-guessed = Izinombolo ezingalungile zibhalwe izikhathi eziningi kakhulu. Cisha le khompyutha uyivule futhi, bese ubuyela lapha.
claim-code = Ukuze uqhubeke ngenye ifoni noma ngenye ikhompyutha, vula ikhasi elifanayo kuyo bese ubhala { $code }.

## Language

language-title = Ulimi
language-says = Ufuna ukufunda ngaluphi ulimi?
language-label = Ulimi
keyboard-label = Ikhibhodi yale khompyutha
keyboard-help = Khetha lokhu kuphela uma kunekhibhodi exhunywe kule khompyutha.

## Time zone

time-zone-title = Lapho ikhona
time-zone-says = Iwashi lidinga ukwazi ukuthi le khompyutha ikuphi.
time-zone-label = Izoni yesikhathi
time-zone-unknown = Ayikho izoni yesikhathi enjalo.

## Preset

preset-title = Umsebenzi wayo
preset-says = Lokhu kunquma ukuthi uzonikwani kamuva. Ungakushintsha konke ngaleso sikhathi.
preset-label = Le khompyutha izosetshenziselwa
preset-school = Isikole
preset-school-help = Izifundo, izincwadi nemisebenzi yokuzejwayeza ngaphandle kwe-inthanethi, nendawo yomsebenzi wawo wonke umuntu.
preset-clinic = Umtholampilo
preset-clinic-help = Amarekhodi nezithombe zeziguli, konke kuphephile futhi kuyimfihlo.
preset-creator = Umuntu odala izinto
preset-creator-help = Imibhalo, umculo, izithombe, ikhodi, nokubonisa abanye lezi zinto.
preset-plain = Okunye
preset-plain-help = Awukhethelwa lutho.

## Name and administrator

identity-title = Igama nomphathi
identity-says = Abanye balibona leli gama kunethiwekhi. Umphathi angashintsha konke kule khompyutha.
name-label = Igama lale khompyutha
name-help = Izinhlamvu ezincane, izinombolo namakhongco (-), isibonelo: school-1.
name-wrong = Igama linobude obungu-1 kuya ku-63: izinhlamvu ezincane, izinombolo namakhongco (-). Alikwazi ukuqala noma ukugcina ngekhongco.
user-label = Igama lomphathi
user-help = Izinhlamvu ezincane nezinombolo, isibonelo: thandi.
user-wrong = Leli gama alikwazi ukusetshenziswa. Sebenzisa izinhlamvu ezincane nezinombolo ezingafika ku-31, uqale ngohlamvu.
password-label = Iphasiwedi
password-help = Okungenani izinhlamvu ezingu-10. Amagama amathathu noma amane kulula ukuwakhumbula, kunzima ukuwaqagela.
password-again-label = Phinda ubhale iphasiwedi
password-short = Bhala izinhlamvu okungenani ezingu-10, hhayi ezimbalwa eziphindaphindwayo.
password-differs = Okubhalwe okwesibili akufani.
password-kept = Kushiye kungenalutho ukuze ugcine lokho okufake ngaphambili.
ssh-label = Okhiye bokungena usebenzisa enye ikhompyutha (SSH)
ssh-help = Ukhiye owodwa emugqeni ngamunye. Kushiye kungenalutho uma ungazi ukuthi kuyini lokhu.
ssh-wrong = Emugqeni { $line } akukho ukhiye womphakathi we-SSH.

## Network

network-title = Inethiwekhi
network-says = Konke lokhu ungakweqa. Le khompyutha iyasebenza ngaphandle kwe-inthanethi.
network-wired = Ikhebuli ixhunyiwe futhi iyasebenza.
network-no-wired = Ayikho ikhebuli exhunyiwe.
country-label = Izwe
country-help = Izinhlamvu zalo ezimbili, isibonelo: ZA. Zinquma ukuthi yiziphi iziteshi ze-Wi-Fi ezivunyelwe.
country-wrong = Bhala izinhlamvu ezimbili zezwe, isibonelo: ZA.
wifi-label = Inethiwekhi ye-Wi-Fi
wifi-none = Ayikho
wifi-other = Enye, ngegama layo
wifi-name-label = Igama lenethiwekhi ye-Wi-Fi
wifi-name-wrong = Igama lenethiwekhi ye-Wi-Fi alidluli ezinhlamvini ezingu-32.
wifi-key-label = Iphasiwedi yenethiwekhi ye-Wi-Fi
wifi-key-wrong = Iphasiwedi ye-Wi-Fi inezinhlamvu ezingu-8 kuya ku-63.
wifi-key-refused = Inethiwekhi “{ $name }” ayiyamukeli le phasiwedi.
wifi-gone = Inethiwekhi “{ $name }” ayiphenduli. Kungenzeka ikude kakhulu.
wifi-signal-good = isignali enhle
wifi-signal-weak = isignali ebuthakathaka
wifi-open = ivulekile: noma ubani angalalela
metered-label = Le nethiwekhi ikhokhisa imali ngemegabhayithi ngayinye
metered-help = Uma kunjalo, akukho okukhulu okuzolandwa ngaphandle kwemvume yakho.

## Sun and battery

solar-title = Ilanga nebhethri
solar-says = Le khompyutha ifuna amashaja elanga, ama-inverter namabhethri. Iyawafunda kuphela, ayishintshi lutho.
solar-none = Akutholakalanga lutho. Ungaxhuma okuthile manje, noma uqhubeke ngaphandle kwakho.
solar-found = { $device }: { $says }
battery-known = Ibhethri liyaziwa: { $says }
battery-describe = Akwaziwa ukuthi iliphi ibhethri. Uma likhona, lichaze lapha. Imininingwane ibhalwe kulo.
chemistry-label = Uhlobo lwebhethri
chemistry-none = Alikho, noma angazi
chemistry-lifepo4 = I-lithium iron phosphate (LiFePO4)
chemistry-lithium-ion = Elinye ibhethri le-lithium
chemistry-lead = Elomthofu (lead): elinamanzi, i-AGM noma i-gel
ampere-hours-label = Ama-ampere hour (Ah)
volts-label = Ama-volt (V)
battery-wrong = Alikho ibhethri elinjalo. Faka ama-ampere hour aphakathi kuka-1 no-20 000, nama-volt aphakathi kuka-3 no-1000.

## Mesh

mesh-title = Amanye amakhompyutha aseduze
mesh-says = Amakhompyutha afana nale ayatholana futhi ayasizana, nge-inthanethi nangaphandle kwayo. Lokho akuthumelelanayo kubethelwe.
mesh-label = Kanjani
mesh-yggdrasil = Ngokwawo
mesh-yggdrasil-help = Akudingeki uhlele lutho. (Yggdrasil)
mesh-wireguard = Lawo engiwashoyo kuphela
mesh-wireguard-help = Okhiye bawo bashintshaniswa ngesandla. (WireGuard)
mesh-nebula = Lawo anesitifiketi kuphela
mesh-nebula-help = Zikhishwa onakekela inethiwekhi. (Nebula)
mesh-none = Angaxhumani nhlobo
invitation-label = Isimemo
invitation-help = Umugqa oqala ngo-“ilanga:”, ovela kukhompyutha esivele ikhona. Kushiye kungenalutho uma ungenaso.
invitation-wrong = Lesi akusona isimemo. Isimemo siqala ngo-“ilanga:”.
invitation-false = Lesi simemo sishintshiwe, noma akekho kulabo esibashoyo osisayinile.
invitation-old = Lesi simemo siphelelwe yisikhathi ngo-{ $day }.
helps-label = Siza omakhelwane ukuvula amadiski abo ngemva kokunqamuka kukagesi
helps-help = Amadiski antshontshiwe awavuleki. Le khompyutha ayikwazi ukubona okukuwona.

## Storage

storage-title = Idiski
storage-says = Lokho abantu abakubeka kule khompyutha kubethelwe: othatha idiski akakwazi ukukufunda.
install-label = Lapho isistimu izohlala khona
install-here = Lapho ikhona manje: { $disk }
install-to = Idiski yale khompyutha uqobo: { $disk }
data-label = Lapho idatha izoba khona
data-rest = Ediskini efanayo: { $size }
data-disk = { $disk }
disk-holds = okukuyo: { $holds }
disk-empty = ayinalutho
erase-label = Igama lediski evunyelwe ukusulwa
erase-help = Idiski { $disk } iqukethe: { $holds }. Konke lokho kuzosulwa. Bhala { $disk } uma uqinisekile.
erase-wrong = Bhala igama ngendlela elibhalwe ngayo lapho.
disk-gone = Idiski { $disk } ayisekho.
disk-twice = Idiski { $disk } ingasetshenziselwa into eyodwa kuphela.
disk-small = Isikhala sedatha: { $there }. Kudingeka okungenani: { $needed }.
unlock-label = Yini evula idatha lapho le khompyutha iqala
unlock-tpm = Ikhompyutha ngokwayo
unlock-tpm-help = Ishiphu yayo yokuphepha (TPM) inika ukhiye isistimu engashintshiwe kuphela.
unlock-tpm-no-secure-boot = I-Secure Boot ivaliwe: umuntu ohlala nale khompyutha isikhashana angathola ukhiye. Yivule ezilungiselelweni ze-firmware uma ukwazi.
unlock-neighbours = Omakhelwane
unlock-usb-key = I-USB stick
unlock-passphrase = Umusho oyimfihlo
unlock-passphrase-help = Kufanele umuntu awubhale njalo lapho ikhompyutha iqala, lapha noma efonini.
no-tpm = Le khompyutha ayinayo ishiphu yokuphepha ekwazi ukugcina ukhiye.
no-mesh = Uma engekho amanye amakhompyutha aseduze, akekho ongasiza.
helpers-label = Yibaphi omakhelwane
need-label = Kufanele kube khona abangaki
helpers-few = Khetha omakhelwane abalingana nalabo okufanele babe khona, noma ngaphezulu.
passphrase-label = Umusho oyimfihlo
passphrase-again-label = Phinda ubhale umusho oyimfihlo
passphrase-help = Okungenani izinhlamvu ezingu-10. Khetha amagama ongeke uwakhohlwe.
speed = Le khompyutha ifunda amadiski abethelwe ngo-{ $megabytes } MB ngomzuzwana ({ $cipher }).

## Recovery key

recovery-title = Ukhiye wokutakula
recovery-says = Uma kungasekho okunye okuvula idatha, lo khiye uyayivula. Bhala lo khiye ephepheni noma uphrinte, uligcine lelo phepha endaweni ephephile. Uboniswa manje kuphela, futhi le khompyutha ayigcini ikhophi.
recovery-confirm = Bhala amaqoqo amabili alo khiye, ukuze uqiniseke ukuthi unawo.
recovery-lost = Ugesi unqamuke ngaphambi kokuba uqinisekise ukhiye wokutakula. Bhala umusho wakho oyimfihlo, bese kwenziwa ukhiye omusha.
passphrase-wrong = Lo musho oyimfihlo awulungile.
group-label = Iqoqo { $number }
group-wrong = Leli akulona iqoqo { $number }.
recovery-new = Ugesi unqamuke ngaphambi kokuba uqinisekise ukhiye wokutakula. Lona ngomusha; owangaphambili awusasebenzi.

## Services

services-title = Izinsizakalo
services-says = Yiziphi izinsizakalo okufanele zisebenze kule khompyutha? Ezimpunga azingeni.
services-none = Azikho okwamanje. Zizofika nesibuyekezo, noma nge-USB stick.
services-label = Izinsizakalo
service-needs = imemori { $memory }, idiski { $disk }, { $watts } W
budget = Sekuhlangene: imemori { $memory } ku-{ $memory-there }, idiski { $disk } ku-{ $disk-there }, { $watts } ku-{ $watts-there } W.
budget-wrong = Sekuhlangene zidinga okungaphezu kwalokho okukhona. Shiya okuthile.

## Summary

summary-title = Sekulungele ukuqala
summary-says = Akukashintshwa lutho okwamanje. Nakhu okuzokwenziwa:
summary-action = Qala
change-locale = Ulimi: { $language }, ikhibhodi: { $keyboard }
change-time-zone = Izoni yesikhathi: { $zone }
change-name = Igama: { $name }
change-network = Amanethiwekhi: { $networks }
change-network-none = Ayikho inethiwekhi ngaphandle kwekhebuli
change-install = Isistimu izokopishelwa ku-{ $disk }. Okukhona lapho kuzosulwa.
change-data-here = Indawo yedatha, ebethelwe, ediskini efanayo
change-data = Indawo yedatha, ebethelwe: { $disks }
change-unlock-tpm = Le khompyutha ivula idatha ngokwayo
change-unlock-neighbours = Omakhelwane abavula idatha: { $need } ku-{ $of }
change-unlock-usb-key = I-USB stick ivula idatha
change-unlock-passphrase = Umusho oyimfihlo uvula idatha
change-administrator = Umphathi: { $name }
change-battery = Ibhethri: { $hours } Ah, { $volts } V
change-mesh = Amanye amakhompyutha: { $how }
change-services = Izinsizakalo: { $services }
change-services-none = Azikho izinsizakalo okwamanje
change-forget = Okungasadingeki kuyasuswa

## While it is done, and afterwards

applying-title = Kuyenziwa manje
applying-says = Noma ugesi unganqamuka, umsebenzi uzoqhubeka lapho wema khona. Okwenziwe: { $done } ku-{ $of }.
failed-says = Akusebenzanga: { $why }
try-again = Zama futhi
ready-title = Isilungile
ready-says = Le khompyutha isilungile. Ikhasi layo: http://{ $name }.local, noma { $address }.

locked-title = Idatha ikhiyiwe
locked-says = Bhala umusho oyimfihlo wale khompyutha, noma ukhiye wayo wokutakula.
locked-label = Umusho oyimfihlo noma ukhiye wokutakula
locked-wrong = Lokhu akuvuli lutho.
locked-open = Vula
locked-anew = Setha le khompyutha kabusha
opening-title = Idatha iyavulwa
opening-says = Lokhu kuthatha imizuzwana; uma ugesi ubunqamukile, kungathatha imizuzu.
