### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in isiXhosa. Short words and short sentences.

## Everywhere

next = Okulandelayo
back = Emva
not-answered = Oku kuyafuneka.
step = Inyathelo { $number } kwi-{ $of }
somebody-else = Kukho omnye umntu oseta le khompyutha ngoku: { $who }. Ungaqhubeka xa kuphele imizuzu emibini kungachwethezwa nto.
answered-meanwhile = Oku sele kuphendulwe kwenye indawo ngelo xesha.
take-over = Endaweni yoko qhubeka apha
who-screen = kwiskrini sayo
who-phone = kwifowuni okanye kwenye ikhompyutha
who-file = ngefayile yeempendulo
file-bad = Ifayile ethi ilanga.toml ekule diski: { $why }

## Who may

claim-title = Yekabani le khompyutha?
claim-screen = Chwetheza amanani amathandathu akwiskrini sale khompyutha.
claim-other = Le khompyutha isetwa ngenye ifowuni okanye ngenye ikhompyutha. Iphepha elivulwe apho libonisa amanani amathandathu: wachwetheze apha.
claim-label = Amanani amathandathu
claim-wrong = La asingomanani alungileyo.
claim-closed = Akukho mntu uqalileyo kwimizuzu engama-30 yokuqala. Vala le khompyutha uyivule kwakhona, uze ubuyele apha.
claim-guessed = Amanani angalunganga achwethezwe amaxesha amaninzi kakhulu. Vala le khompyutha uyivule kwakhona, uze ubuyele apha.
claim-code = Ukuze uqhubeke ngenye ifowuni okanye ngenye ikhompyutha, vula iphepha elifanayo kuyo uze uchwetheze { $code }.

## Language

language-title = Ulwimi
language-says = Ufuna ukufunda ngoluphi ulwimi?
language-label = Ulwimi
keyboard-label = Ikhibhodi yale khompyutha
keyboard-help = Khetha oku kuphela ukuba kukho ikhibhodi eqhagamshelwe kule khompyutha.

## Time zone

time-zone-title = Apho ikhoyo
time-zone-says = Iwotshi kufuneka yazi ukuba le khompyutha iphi.
time-zone-label = Ummandla wexesha
time-zone-unknown = Awukho ummandla wexesha onjalo.

## Preset

preset-title = Umsebenzi wayo
preset-says = Oku kumisela into oza kuyinikwa kamva. Ungatshintsha yonke into ngelo xesha.
preset-label = Le khompyutha iza kusetyenziselwa
preset-school = Isikolo
preset-school-help = Izifundo, iincwadi nemisebenzi yokuziqhelisa ngaphandle kwe-intanethi, nendawo yomsebenzi womntu wonke.
preset-clinic = Ikliniki
preset-clinic-help = Iirekhodi nemifanekiso yezigulane, konke kukhuselekile kwaye kuyimfihlo.
preset-creator = Umntu oyila izinto
preset-creator-help = Imibhalo, umculo, imifanekiso, ikhowudi, nokubonisa abanye ezi zinto.
preset-plain = Enye into
preset-plain-help = Awukhethelwa nto.

## Name and administrator

identity-title = Igama nomlawuli
identity-says = Abanye balibona eli gama kwinethiwekhi. Umlawuli angatshintsha yonke into kule khompyutha.
name-label = Igama lale khompyutha
name-help = Oonobumba abancinci, amanani namaqhagamshela (-), umzekelo: school-1.
name-wrong = Igama linobude obu-1 ukuya kuma-63: oonobumba abancinci, amanani namaqhagamshela (-). Alinakuqala okanye ligqibele ngeqhagamshela.
user-label = Igama lomlawuli
user-help = Oonobumba abancinci namanani, umzekelo: thandi.
user-wrong = Eli gama alinakusetyenziswa. Sebenzisa oonobumba abancinci namanani angadlulanga kuma-31, uqale ngonobumba.
password-label = Iphasiwedi
password-help = Ubuncinane oonobumba abali-10. Amagama amathathu okanye amane kulula ukuwakhumbula, kunzima ukuwaqashela.
password-again-label = Phinda uchwetheze iphasiwedi
password-short = Bhala oonobumba ubuncinane abali-10, hayi abambalwa abaphindaphindwayo.
password-differs = Okubhalwe okwesibini akufani.
password-kept = Kushiye kungenanto ukuze ugcine oko ukufake ngaphambili.
ssh-label = Izitshixo zokungena ukwenye ikhompyutha (SSH)
ssh-help = Isitshixo esinye kumgca ngamnye. Kushiye kungenanto ukuba awuyazi le nto.
ssh-wrong = Kumgca { $line } akukho sitshixo sikawonke-wonke se-SSH.

## Network

network-title = Inethiwekhi
network-says = Konke oku ungakutsiba. Le khompyutha iyasebenza ngaphandle kwe-intanethi.
network-wired = Intambo iqhagamshelwe kwaye iyasebenza.
network-no-wired = Akukho ntambo iqhagamshelweyo.
country-label = Ilizwe
country-help = Oonobumba balo ababini, umzekelo: ZA. Bamisela ukuba ngawaphi amajelo e-Wi-Fi avumelekileyo.
country-wrong = Bhala oonobumba ababini belizwe, umzekelo: ZA.
wifi-label = Inethiwekhi ye-Wi-Fi
wifi-none = Akukho
wifi-other = Enye, ngegama layo
wifi-name-label = Igama lenethiwekhi ye-Wi-Fi
wifi-name-wrong = Igama lenethiwekhi ye-Wi-Fi alidluli koonobumba abangama-32.
wifi-key-label = Iphasiwedi yenethiwekhi ye-Wi-Fi
wifi-key-wrong = Iphasiwedi ye-Wi-Fi inoonobumba abasi-8 ukuya kuma-63.
wifi-key-refused = Inethiwekhi “{ $name }” ayiyamkeli le phasiwedi.
wifi-gone = Inethiwekhi “{ $name }” ayiphenduli. Mhlawumbi ikude kakhulu.
wifi-signal-good = umqondiso olungileyo
wifi-signal-weak = umqondiso obuthathaka
wifi-open = ivulekile: nabani na angamamela
metered-label = Le nethiwekhi ihlawulisa imali ngemegabhayithi nganye
metered-help = Ukuba kunjalo, akukho nto inkulu iza kukhutshelwa ngaphandle kwemvume yakho.

## Sun and battery

solar-title = Ilanga nebhetri
solar-says = Le khompyutha ikhangela iitshaja zelanga, ii-inverter neebhetri. Iyazifunda kuphela, ayitshintshi nto.
solar-none = Akufunyanwanga nto. Ungaqhagamshela into ngoku, okanye uqhubeke ngaphandle kwayo.
solar-found = { $device }: { $says }
battery-known = Ibhetri iyaziwa: { $says }
battery-describe = Akwaziwa ukuba yeyiphi na ibhetri. Ukuba ikhona, yichaze apha. Iinkcukacha zibhalwe kuyo.
chemistry-label = Uhlobo lwebhetri
chemistry-none = Ayikho, okanye andazi
chemistry-lifepo4 = I-lithium iron phosphate (LiFePO4)
chemistry-lithium-ion = Enye ibhetri ye-lithium
chemistry-lead = Eyelothe (lead): enamanzi, i-AGM okanye i-gel
ampere-hours-label = Ii-ampere hour (Ah)
volts-label = Iivolti (V)
battery-wrong = Akukho bhetri injalo. Faka ii-ampere hour eziphakathi kwe-1 ne-20 000, neevolti eziphakathi kwe-3 ne-1000.

## Mesh

mesh-title = Ezinye iikhompyutha ezikufutshane
mesh-says = Iikhompyutha ezifana nale ziyafumanana kwaye ziyancedana, nge-intanethi nangaphandle kwayo. Oko zikuthumelelanayo kufihlwe ngekhowudi.
mesh-label = Njani
mesh-yggdrasil = Ngokwazo
mesh-yggdrasil-help = Akukho nto kufuneka uyilungise. (Yggdrasil)
mesh-wireguard = Ezo ndizichazayo kuphela
mesh-wireguard-help = Izitshixo zazo zitshintshiswa ngesandla. (WireGuard)
mesh-nebula = Ezo zinesatifikethi kuphela
mesh-nebula-help = Zikhutshwa ngulowo ukhathalela inethiwekhi. (Nebula)
mesh-none = Mazingaqhagamshelani
invitation-label = Isimemo
invitation-help = Umgca oqala ngo-“ilanga:”, ovela kwikhompyutha esele ikho. Kushiye kungenanto ukuba awunaso.
invitation-wrong = Esi asisosimemo. Isimemo siqala ngo-“ilanga:”.
invitation-false = Esi simemo sitshintshiwe, okanye akukho namnye kwabo sibachazayo osisayinileyo.
invitation-old = Esi simemo siphelelwe lixesha ngo-{ $day }.
helps-label = Nceda abamelwane bavule iidiski zabo emva kokuhamba kombane
helps-help = Iidiski ezibiweyo azivuleki. Le khompyutha ayikwazi kubona okukuzo.

## Storage

storage-title = Idiski
storage-says = Oko abantu bakubeka kule khompyutha kufihlwe ngekhowudi: lowo uthatha idiski akanakukufunda.
install-label = Apho inkqubo iza kuhlala khona
install-here = Apho ikhoyo ngoku: { $disk }
install-to = Eyona diski yale khompyutha: { $disk }
data-label = Apho idatha iza kuba khona
data-rest = Kwakuloo diski: { $size }
data-disk = { $disk }
disk-holds = okukuyo: { $holds }
disk-empty = ayinanto
erase-label = Igama lediski enokucinywa
erase-help = Okukwidiski { $disk }: { $holds }. Konke oko kuya kucinywa. Chwetheza { $disk } ukuba uqinisekile.
erase-wrong = Chwetheza igama njengoko libhaliwe apho.
disk-gone = Idiski { $disk } ayisekho.
disk-twice = Idiski { $disk } inokusetyenziselwa into enye kuphela.
disk-small = Indawo yedatha: { $there }. Kufuneka ubuncinane: { $needed }.
unlock-label = Yintoni evula idatha xa le khompyutha iqala
unlock-tpm = Ikhompyutha ngokwayo
unlock-tpm-help = Itshiphu yayo yokhuseleko (TPM) inika isitshixo kuphela kwinkqubo engatshintshwanga.
unlock-tpm-no-secure-boot = I-Secure Boot ivaliwe: umntu onale khompyutha ixeshana unokufumana isitshixo. Yivule kwiisethingi ze-firmware ukuba unako.
unlock-neighbours = Abamelwane
unlock-usb-key = I-USB stick
unlock-passphrase = Isivakalisi esiyimfihlo
unlock-passphrase-help = Kufuneka umntu asichwetheze ngalo lonke ixesha ikhompyutha iqala, apha okanye kwifowuni.
no-tpm = Le khompyutha ayinayo itshiphu yokhuseleko enokugcina isitshixo.
no-mesh = Ngaphandle kwezinye iikhompyutha ezikufutshane akukho bani unokunceda.
helpers-label = Ngabaphi abamelwane
need-label = Kufuneka kubekho abangaphi
helpers-few = Khetha abamelwane abalingana nabo kufuneka babekho, okanye ngaphezulu.
passphrase-label = Isivakalisi esiyimfihlo
passphrase-again-label = Phinda uchwetheze isivakalisi esiyimfihlo
passphrase-help = Ubuncinane oonobumba abali-10. Khetha amagama ongasayi kuwalibala.
speed = Le khompyutha ifunda iidiski ezifihlwe ngekhowudi nge-{ $megabytes } MB ngomzuzwana ({ $cipher }).

## Recovery key

recovery-title = Isitshixo sokuhlangula
recovery-says = Ukuba akusekho nto yimbi ivula idatha, esi sitshixo siyayivula. Sibhale phantsi okanye usiprinte, uze usigcine kwindawo ekhuselekileyo. Siboniswa ngoku kuphela, kwaye le khompyutha ayisigcini.
recovery-confirm = Chwetheza amaqela amabini aso, ukuze uqiniseke ukuba unaso.
recovery-lost = Umbane uhambe phambi kokuba uqinisekise isitshixo sokuhlangula. Chwetheza isivakalisi sakho esiyimfihlo, kuze kwenziwe isitshixo esitsha.
passphrase-wrong = Esi sivakalisi siyimfihlo asilunganga.
group-label = Iqela { $number }
group-wrong = Eli asiloqela { $number }.
recovery-new = Umbane uhambe phambi kokuba uqinisekise isitshixo sokuhlangula. Esi sitsha; esangaphambili asisasebenzi.

## Services

services-title = Iinkonzo
services-says = Zeziphi iinkonzo ezimele ukusebenza kule khompyutha? Ezingwevu azingeni.
services-none = Azikabikho okwangoku. Ziza kufika nohlaziyo, okanye nge-USB stick.
services-label = Iinkonzo
service-needs = imemori { $memory }, idiski { $disk }, { $watts } W
budget = Zizonke: imemori { $memory } kwi-{ $memory-there }, idiski { $disk } kwi-{ $disk-there }, { $watts } kwi-{ $watts-there } W.
budget-wrong = Zizonke zifuna ngaphezu koko kukhoyo. Shiya into ethile.

## Summary

summary-title = Kulungele ukuqala
summary-says = Akukatshintshwa nto. Nantsi into eza kwenziwa:
summary-action = Qala
change-locale = Ulwimi: { $language }, ikhibhodi: { $keyboard }
change-time-zone = Ummandla wexesha: { $zone }
change-name = Igama: { $name }
change-network = Iinethiwekhi: { $networks }
change-network-none = Akukho nethiwekhi ngaphandle kwentambo
change-install = Inkqubo iza kufakwa kwi-{ $disk }. Oko kukhoyo apho kuya kucinywa.
change-data-here = Indawo yedatha, efihlwe ngekhowudi, kwakuloo diski
change-data = Indawo yedatha, efihlwe ngekhowudi: { $disks }
change-unlock-tpm = Le khompyutha ivula idatha ngokwayo
change-unlock-neighbours = Abamelwane abavula idatha: { $need } kwi-{ $of }
change-unlock-usb-key = I-USB stick ivula idatha
change-unlock-passphrase = Isivakalisi esiyimfihlo sivula idatha
change-administrator = Umlawuli: { $name }
change-battery = Ibhetri: { $hours } Ah, { $volts } V
change-mesh = Ezinye iikhompyutha: { $how }
change-services = Iinkonzo: { $services }
change-services-none = Akukabikho zinkonzo
change-forget = Oko kungasafunekiyo kuyasuswa

## While it is done, and afterwards

applying-title = Kuyenziwa ngoku
applying-says = Nokuba umbane unokuhamba, umsebenzi uza kuqhubeka apho ume khona. Okwenziweyo: { $done } kwi-{ $of }.
failed-says = Akusebenzanga: { $why }
try-again = Zama kwakhona
ready-title = Ilungile
ready-says = Le khompyutha ilungile. Iphepha layo: http://{ $name }.local, okanye { $address }.

locked-title = Idatha itshixiwe
locked-says = Bhala isivakalisi esiyimfihlo sale khompyutha, okanye isitshixo sayo sokuhlangula.
locked-label = Isivakalisi esiyimfihlo okanye isitshixo sokuhlangula
locked-wrong = Oku akuvuli nto.
locked-open = Vula
locked-anew = Seta le khompyutha ngokutsha
opening-title = Idatha iyavulwa
opening-says = Oku kuthatha imizuzwana; ukuba umbane ubuhambile, kungathatha imizuzu.
