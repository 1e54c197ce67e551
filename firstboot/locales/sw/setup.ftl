### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in Kiswahili. Short words and short sentences.

## Everywhere

next = Inayofuata
back = Rudi nyuma
not-answered = Hii inahitajika.
step = Hatua ya { $number } kati ya { $of }
somebody-else = Mtu mwingine anatayarisha kompyuta hii sasa hivi: { $who }. Unaweza kuendelea ikiwa hakuna kilichoandikwa huko kwa dakika mbili.
answered-meanwhile = Swali hili limeshajibiwa mahali pengine.
take-over = Endelea hapa badala yake
who-screen = kwenye skrini yake
who-phone = kwenye simu au kompyuta nyingine
who-file = kwa faili ya majibu
file-bad = Faili ilanga.toml kwenye diski hii: { $why }

## Who may

claim-title = Kompyuta hii ni ya nani?
claim-screen = Andika tarakimu sita zilizo kwenye skrini ya kompyuta hii.
claim-other = Kompyuta hii inatayarishwa kwenye simu au kompyuta nyingine. Ukurasa uliofunguliwa huko unaonyesha tarakimu sita: ziandike hapa.
claim-label = Tarakimu sita
claim-wrong = Hizi si tarakimu sahihi.
claim-closed = Hakuna aliyeanza katika nusu saa ya kwanza. Zima kompyuta hii, uiwashe tena, kisha urudi hapa.
claim-guessed = Tarakimu zisizo sahihi zimeandikwa mara nyingi mno. Zima kompyuta hii, uiwashe tena, kisha urudi hapa.
claim-code = Ili kuendelea kwenye simu au kompyuta nyingine, fungua huko ukurasa huu huu na uandike { $code }.

## Language

language-title = Lugha
language-says = Ungependa kusoma kwa lugha gani?
language-label = Lugha
keyboard-label = Kibodi ya kompyuta hii
keyboard-help = Ni kwa kibodi iliyochomekwa kwenye kompyuta hii tu.

## Time zone

time-zone-title = Mahali ilipo
time-zone-says = Saa inahitaji kujua kompyuta hii iko wapi.
time-zone-label = Saa za eneo
time-zone-unknown = Hakuna saa za eneo kama hizo.

## Preset

preset-title = Kazi yake
preset-says = Hii huamua utakachopewa baadaye. Unaweza kubadilisha kila kitu wakati huo.
preset-label = Kompyuta hii ni ya
preset-school = Shule
preset-school-help = Masomo, vitabu na mazoezi bila intaneti, na mahali pa kazi ya kila mtu.
preset-clinic = Kliniki
preset-clinic-help = Rekodi na picha za wagonjwa, zikiwa salama na za siri.
preset-creator = Mtu anayebuni vitu
preset-creator-help = Maandishi, muziki, picha, msimbo, na kuwaonyesha wengine.
preset-plain = Kitu kingine
preset-plain-help = Huchaguliwi chochote.

## Name and administrator

identity-title = Jina na msimamizi
identity-says = Wengine huona jina hili kwenye mtandao. Msimamizi anaweza kubadilisha kila kitu kwenye kompyuta hii.
name-label = Jina la kompyuta hii
name-help = Herufi ndogo, tarakimu na vistari (-), kwa mfano: school-1.
name-wrong = Jina huwa na herufi ndogo, tarakimu na vistari (-) 1 hadi 63, bila kistari mwanzoni wala mwishoni.
user-label = Jina la msimamizi
user-help = Herufi ndogo na tarakimu, kwa mfano: thandi.
user-wrong = Jina hili haliwezi kutumika. Tumia herufi ndogo na tarakimu zisizozidi 31, ya kwanza iwe herufi.
password-label = Nenosiri
password-help = Angalau herufi 10. Maneno matatu au manne ni rahisi kukumbuka na ni vigumu kukisia.
password-again-label = Andika nenosiri hilo tena
password-short = Andika angalau herufi 10, na si chache tu zinazorudiwa.
password-differs = Ulichoandika mara ya pili si sawa.
password-kept = Acha patupu ili kubaki na kile ulichotoa awali.
ssh-label = Funguo za kuingia kutoka kompyuta nyingine (SSH)
ssh-help = Ufunguo mmoja kwa kila mstari. Acha patupu kama hujui hii ni nini.
ssh-wrong = Mstari wa { $line } hauna ufunguo wa umma wa SSH.

## Network

network-title = Mtandao
network-says = Haya yote yanaweza kuachwa. Kompyuta hii hufanya kazi bila intaneti.
network-wired = Kebo imechomekwa, na inafanya kazi.
network-no-wired = Hakuna kebo iliyochomekwa.
country-label = Nchi
country-help = Herufi zake mbili, kwa mfano: ZA. Huamua ni chaneli zipi za Wi-Fi zinazoruhusiwa.
country-wrong = Andika herufi mbili za nchi, kwa mfano: ZA.
wifi-label = Mtandao wa Wi-Fi
wifi-none = Hakuna
wifi-other = Mwingine, kwa jina lake
wifi-name-label = Jina la mtandao wa Wi-Fi
wifi-name-wrong = Jina la mtandao wa Wi-Fi halizidi herufi 32.
wifi-key-label = Nenosiri la mtandao wa Wi-Fi
wifi-key-wrong = Nenosiri la Wi-Fi huwa na herufi 8 hadi 63.
wifi-key-refused = Mtandao “{ $name }” haukubali nenosiri hili.
wifi-gone = Mtandao “{ $name }” haujibu. Huenda uko mbali sana.
wifi-signal-good = mawimbi mazuri
wifi-signal-weak = mawimbi dhaifu
wifi-open = wazi: kila mtu anaweza kusikiliza
metered-label = Mtandao huu hulipiwa kwa kila megabaiti
metered-help = Basi hakuna kitu kikubwa kitakachopakuliwa bila idhini yako.

## Sun and battery

solar-title = Jua na betri
solar-says = Kompyuta hii hutafuta chaja za sola, inveta na betri. Huzisoma tu, na haibadilishi chochote.
solar-none = Hakuna kilichopatikana. Unaweza kuchomeka kitu sasa, au kuendelea bila hicho.
solar-found = { $device }: { $says }
battery-known = Betri inajulikana: { $says }
battery-describe = Haijulikani ni betri gani. Kama ipo, ieleze hapa; taarifa zimeandikwa kwenye lebo yake.
chemistry-label = Aina ya betri
chemistry-none = Hakuna, au sijui
chemistry-lifepo4 = Lithiamu fosfeti ya chuma (LiFePO4)
chemistry-lithium-ion = Betri nyingine ya lithiamu
chemistry-lead = Risasi (lead): ya maji, AGM au jeli
ampere-hours-label = Ampea-saa (Ah)
volts-label = Volti (V)
battery-wrong = Hakuna betri kama hiyo: ampea-saa 1 hadi 20 000, na volti 3 hadi 1000.

## Mesh

mesh-title = Kompyuta nyingine zilizo karibu
mesh-says = Kompyuta kama hii hutafutana na kusaidiana, kwa intaneti na bila intaneti. Zinachoambiana kimesimbwa kwa njia fiche.
mesh-label = Jinsi gani
mesh-yggdrasil = Zenyewe
mesh-yggdrasil-help = Hakuna haja ya kupanga chochote. (Yggdrasil)
mesh-wireguard = Zile ninazotaja tu
mesh-wireguard-help = Funguo zake hubadilishanwa kwa mkono. (WireGuard)
mesh-nebula = Zile zenye cheti tu
mesh-nebula-help = Anayesimamia mtandao huvitoa. (Nebula)
mesh-none = Zisiunganishwe kabisa
invitation-label = Mwaliko
invitation-help = Mstari unaoanza na “ilanga:”, kutoka kompyuta ambayo tayari ipo. Acha patupu kama huna.
invitation-wrong = Huu si mwaliko. Mwaliko huanza na “ilanga:”.
invitation-false = Mwaliko huu umebadilishwa, au haukusainiwa na yeyote anayetajwa humo.
invitation-old = Mwaliko huu ulikwisha tarehe { $day }.
helps-label = Saidia majirani kufungua diski zao baada ya umeme kukatika
helps-help = Diski zilizoibwa hazifunguki. Kompyuta hii haioni chochote kilicho ndani yake.

## Storage

storage-title = Diski
storage-says = Vitu ambavyo watu huweka kwenye kompyuta hii vimesimbwa kwa njia fiche: anayechukua diski hawezi kuvisoma.
install-label = Mahali mfumo utakapokaa
install-here = Ulipo sasa: { $disk }
install-to = Diski ya kompyuta hii yenyewe: { $disk }
data-label = Mahali data itakapokuwa
data-rest = Kwenye diski hiyo hiyo: { $size }
data-disk = { $disk }
disk-holds = ina { $holds }
disk-empty = tupu
erase-label = Jina la diski inayoruhusiwa kufutwa
erase-help = Diski { $disk } ina { $holds }. Yote hayo yatafutwa. Andika { $disk } kama una uhakika.
erase-wrong = Andika jina kama lilivyoandikwa hapo.
disk-gone = Diski { $disk } haipo tena.
disk-twice = Diski { $disk } inaweza kutumika kwa jambo moja tu.
disk-small = Nafasi ya data ni { $there }. Inahitajika angalau { $needed }.
unlock-label = Kinachofungua data kompyuta hii inapowashwa
unlock-tpm = Kompyuta yenyewe
unlock-tpm-help = Chipu yake ya usalama (TPM) hutoa ufunguo kwa mfumo ambao haujabadilishwa tu.
unlock-tpm-no-secure-boot = Secure Boot imezimwa: mtu aliye na kompyuta hii kwa muda anaweza kupata ufunguo. Iwashe kwenye mipangilio ya programu dhibiti (firmware) ukiweza.
unlock-neighbours = Majirani
unlock-usb-key = Flashi ya USB
unlock-passphrase = Kaulisiri
unlock-passphrase-help = Lazima mtu aiandike kila kompyuta inapowashwa, hapa au kwenye simu.
no-tpm = Kompyuta hii haina chipu ya usalama inayoweza kutunza ufunguo.
no-mesh = Bila kompyuta nyingine karibu, hakuna wa kusaidia.
helpers-label = Majirani gani
need-label = Ni wangapi kati yao lazima wawepo
helpers-few = Chagua majirani wasiopungua idadi inayopaswa kuwepo.
passphrase-label = Kaulisiri
passphrase-again-label = Andika kaulisiri hiyo tena
passphrase-help = Angalau herufi 10. Tumia maneno ambayo hutasahau.
speed = Kompyuta hii husoma diski zilizosimbwa kwa njia fiche kwa { $megabytes } MB kwa sekunde ({ $cipher }).

## Recovery key

recovery-title = Ufunguo wa kurejesha
recovery-says = Kama hakuna kingine kinachofungua data tena, ufunguo huu hufungua. Uandike au uuchapishe, na uuweke mahali salama. Unaonyeshwa sasa tu, na kompyuta hii haiuhifadhi.
recovery-confirm = Andika makundi mawili ya ufunguo huu, ili ujue kwamba unao.
recovery-lost = Umeme ulikatika kabla hujathibitisha ufunguo wa kurejesha. Andika kaulisiri yako, na ufunguo mpya utatengenezwa.
passphrase-wrong = Hii si kaulisiri sahihi.
group-label = Kundi la { $number }
group-wrong = Hili si kundi la { $number }.
recovery-new = Umeme ulikatika kabla hujathibitisha ufunguo wa kurejesha. Huu ni mpya; ule wa awali haufanyi kazi tena.

## Services

services-title = Huduma
services-says = Huduma zipi zifanye kazi kwenye kompyuta hii? Zilizo kijivu hazitoshei.
services-none = Bado hakuna yoyote. Zitakuja na sasisho, au kwa flashi ya USB.
services-label = Huduma
service-needs = kumbukumbu { $memory }, diski { $disk }, { $watts } W
budget = Kwa pamoja: kumbukumbu { $memory } kati ya { $memory-there }, diski { $disk } kati ya { $disk-there }, { $watts } kati ya { $watts-there } W.
budget-wrong = Kwa pamoja zinahitaji zaidi ya kilichopo. Acha mojawapo.

## Summary

summary-title = Tayari kuanza
summary-says = Bado hakuna kilichobadilishwa. Haya yatafanywa:
summary-action = Anza
change-locale = Lugha: { $language }, kibodi: { $keyboard }
change-time-zone = Saa za eneo: { $zone }
change-name = Jina: { $name }
change-network = Mitandao: { $networks }
change-network-none = Hakuna mtandao isipokuwa kebo
change-install = Mfumo utanakiliwa kwenye { $disk }. Vilivyomo vitafutwa.
change-data-here = Mahali pa data iliyosimbwa kwa njia fiche, kwenye diski hiyo hiyo
change-data = Mahali pa data iliyosimbwa kwa njia fiche: { $disks }
change-unlock-tpm = Kompyuta hii hufungua data yenyewe
change-unlock-neighbours =
    { $need ->
        [one] Jirani { $need } kati ya { $of } hufungua data
       *[other] Majirani { $need } kati ya { $of } hufungua data
    }
change-unlock-usb-key = Flashi ya USB hufungua data
change-unlock-passphrase = Kaulisiri hufungua data
change-administrator = Msimamizi: { $name }
change-battery = Betri: { $hours } Ah, { $volts } V
change-mesh = Kompyuta nyingine: { $how }
change-services = Huduma: { $services }
change-services-none = Bado hakuna huduma
change-forget = Kisichohitajika tena huondolewa

## While it is done, and afterwards

applying-title = Inafanyika
applying-says = Umeme ukikatika, kazi itaendelea pale ilipofika. Imefanyika: { $done } kati ya { $of }.
failed-says = Haikufaulu: { $why }
try-again = Jaribu tena
ready-title = Tayari
ready-says = Kompyuta hii iko tayari. Ukurasa wake ni http://{ $name }.local, au { $address }.

locked-title = Data imefungwa
locked-says = Andika kaulisiri ya kompyuta hii, au ufunguo wake wa kurejesha.
locked-label = Kaulisiri au ufunguo wa kurejesha
locked-wrong = Hii haifungui chochote.
locked-open = Fungua
locked-anew = Sanidi kompyuta hii upya
opening-title = Data inafunguliwa
opening-says = Huchukua sekunde; umeme ukiwa ulikatika, inaweza kuchukua dakika.
