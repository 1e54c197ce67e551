### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in Afrikaans. Short words and short sentences.

## Everywhere

next = Volgende
back = Terug
not-answered = Dit is nodig.
step = Stap { $number } van { $of }
somebody-else = Iemand anders stel hierdie rekenaar nou op: { $who }. Jy kan voortgaan wanneer niks vir twee minute daar getik is nie.
answered-meanwhile = Dit is intussen op ’n ander plek beantwoord.
take-over = Gaan eerder hier voort
who-screen = by sy skerm
who-phone = op ’n foon of ’n ander rekenaar
who-file = deur ’n lêer met antwoorde
file-bad = Die lêer ilanga.toml op hierdie skyf: { $why }

## Who may

claim-title = Wie se rekenaar is dit?
claim-screen = Tik die ses syfers wat op hierdie rekenaar se skerm staan.
claim-other = Hierdie rekenaar word op ’n ander foon of rekenaar opgestel. Die bladsy daar wys ses syfers: tik hulle hier.
claim-label = Ses syfers
claim-wrong = Dit is nie die regte syfers nie.
claim-closed = Niemand het in die eerste halfuur begin nie. Skakel hierdie rekenaar af en weer aan, en kom terug.
claim-guessed = Te veel verkeerde syfers is getik. Skakel hierdie rekenaar af en weer aan, en kom terug.
claim-code = Om met ’n ander foon of rekenaar voort te gaan, maak dieselfde bladsy daar oop en tik { $code }.

## Language

language-title = Taal
language-says = In watter taal wil jy lees?
language-label = Taal
keyboard-label = Sleutelbord van hierdie rekenaar
keyboard-help = Net vir ’n sleutelbord wat by hierdie rekenaar ingeprop is.

## Time zone

time-zone-title = Waar dit is
time-zone-says = Die horlosie moet weet waar hierdie rekenaar is.
time-zone-label = Tydsone
time-zone-unknown = So ’n tydsone bestaan nie.

## Preset

preset-title = Waarvoor dit is
preset-says = Dit bepaal wat later aangebied word. Jy kan dan alles verander.
preset-label = Hierdie rekenaar is vir
preset-school = ’n Skool
preset-school-help = Lesse, boeke en oefeninge sonder die internet, en ’n plek vir almal se werk.
preset-clinic = ’n Kliniek
preset-clinic-help = Pasiënte se rekords en beelde, veilig en privaat bewaar.
preset-creator = Iemand wat dinge skep
preset-creator-help = Skryfwerk, musiek, beelde, kode, en om dit vir ander te wys.
preset-plain = Iets anders
preset-plain-help = Niks word vir jou gekies nie.

## Name and administrator

identity-title = Naam en administrateur
identity-says = Ander sien die naam in die netwerk. Die administrateur kan alles op hierdie rekenaar verander.
name-label = Naam van hierdie rekenaar
name-help = Klein letters, syfers en koppeltekens, soos school-1.
name-wrong = ’n Naam het 1 tot 63 klein letters, syfers en koppeltekens, en geen koppelteken aan die begin of einde nie.
user-label = Naam van die administrateur
user-help = Klein letters en syfers, soos thandi.
user-wrong = Hierdie naam kan nie gebruik word nie. Neem hoogstens 31 klein letters en syfers; die eerste moet ’n letter wees.
password-label = Wagwoord
password-help = Minstens 10 karakters. Drie of vier woorde is maklik om te onthou en moeilik om te raai.
password-again-label = Dieselfde wagwoord weer
password-short = Tik minstens 10 karakters, en nie net dieselfde paar nie.
password-differs = Wat die tweede keer getik is, is nie dieselfde nie.
password-kept = Laat dit leeg om die een te hou wat jy vantevore gegee het.
ssh-label = Sleutels om van ’n ander rekenaar af aan te meld (SSH)
ssh-help = Een reël elk. Laat dit leeg as jy nie weet wat dit is nie.
ssh-wrong = Reël { $line } is nie ’n openbare SSH-sleutel nie.

## Network

network-title = Netwerk
network-says = Alles hier kan weggelaat word. Hierdie rekenaar werk sonder die internet.
network-wired = ’n Kabel is ingeprop, en werk.
network-no-wired = Geen kabel is ingeprop nie.
country-label = Land
country-help = Sy twee letters, soos ZA. Dit bepaal watter Wi-Fi-kanale toegelaat word.
country-wrong = Tik die land se twee letters, soos ZA.
wifi-label = Wi-Fi-netwerk
wifi-none = Geen
wifi-other = ’n Ander een, met sy naam
wifi-name-label = Naam van die Wi-Fi-netwerk
wifi-name-wrong = ’n Wi-Fi-netwerk se naam het hoogstens 32 letters.
wifi-key-label = Wagwoord van die Wi-Fi-netwerk
wifi-key-wrong = ’n Wi-Fi-wagwoord het 8 tot 63 karakters.
wifi-key-refused = “{ $name }” aanvaar nie hierdie wagwoord nie.
wifi-gone = “{ $name }” antwoord nie. Dit is dalk te ver weg.
wifi-signal-good = goeie sein
wifi-signal-weak = swak sein
wifi-open = oop: almal kan luister
metered-label = Hierdie netwerk kos geld per megagreep
metered-help = Dan word niks groots sonder jou toestemming afgelaai nie.

## Sun and battery

solar-title = Son en battery
solar-says = Hierdie rekenaar soek na sonkraglaaiers, omsetters en batterye. Dit lees hulle net, en verander niks.
solar-none = Niks is gevind nie. Jy kan nou iets inprop, of daarsonder voortgaan.
solar-found = { $device }: { $says }
battery-known = Die battery is bekend: { $says }
battery-describe = Niks sê watter battery dit is nie. As daar een is, beskryf dit hier; dit staan op sy etiket.
chemistry-label = Soort battery
chemistry-none = Daar is geen, of ek weet nie
chemistry-lifepo4 = Litium-ysterfosfaat (LiFePO4)
chemistry-lithium-ion = ’n Ander litiumbattery
chemistry-lead = Lood: nat, AGM of jel
ampere-hours-label = Ampère-uur (Ah)
volts-label = Volt (V)
battery-wrong = Geen battery is so nie: 1 tot 20 000 ampère-uur, en 3 tot 1000 volt.

## Mesh

mesh-title = Ander rekenaars naby
mesh-says = Rekenaars soos hierdie een vind mekaar en help mekaar, met en sonder die internet. Wat hulle vir mekaar sê, is geënkripteer.
mesh-label = Hoe
mesh-yggdrasil = Vanself
mesh-yggdrasil-help = Niks hoef gereël te word nie. (Yggdrasil)
mesh-wireguard = Net dié wat ek noem
mesh-wireguard-help = Hul sleutels word met die hand uitgeruil. (WireGuard)
mesh-nebula = Net dié met ’n sertifikaat
mesh-nebula-help = Wie na die netwerk omsien, deel dit uit. (Nebula)
mesh-none = Glad nie
invitation-label = Uitnodiging
invitation-help = ’n Reël wat met “ilanga:” begin, van ’n rekenaar wat reeds daar is. Laat dit leeg as jy nie een het nie.
invitation-wrong = Dit is nie ’n uitnodiging nie. ’n Uitnodiging begin met “ilanga:”.
invitation-false = Hierdie uitnodiging is verander, of niemand wat dit noem, het dit onderteken nie.
invitation-old = Hierdie uitnodiging het op { $day } verval.
helps-label = Help bure om hul skywe ná ’n kragonderbreking oop te maak
helps-help = Gesteelde skywe bly gesluit. Hierdie rekenaar sien niks van wat daarop is nie.

## Storage

storage-title = Skyf
storage-says = Wat mense op hierdie rekenaar sit, is geënkripteer: wie die skyf vat, kan dit nie lees nie.
install-label = Waar die stelsel moet wees
install-here = Waar dit nou is: { $disk }
install-to = Hierdie rekenaar se eie skyf: { $disk }
data-label = Waar data moet wees
data-rest = Op dieselfde skyf: { $size }
data-disk = { $disk }
disk-holds = bevat { $holds }
disk-empty = leeg
erase-label = Naam van die skyf wat uitgevee mag word
erase-help = { $disk } bevat { $holds }. Dit alles word uitgevee. Tik { $disk } as jy seker is.
erase-wrong = Tik die naam soos dit daar staan.
disk-gone = Die skyf { $disk } is nie meer daar nie.
disk-twice = Die skyf { $disk } kan net vir een ding gebruik word.
disk-small = Daar is plek vir { $there } data. Minstens { $needed } is nodig.
unlock-label = Wat die data oopmaak wanneer hierdie rekenaar begin
unlock-tpm = Die rekenaar self
unlock-tpm-help = Sy sekuriteitskyfie (TPM) gee die sleutel net aan ’n stelsel wat nie verander is nie.
unlock-tpm-no-secure-boot = Secure Boot is af: iemand wat hierdie rekenaar ’n ruk lank het, kan dalk die sleutel kry. Skakel dit in die fermware se instellings aan as jy kan.
unlock-neighbours = Bure
unlock-usb-key = ’n USB-stokkie
unlock-passphrase = ’n Wagfrase
unlock-passphrase-help = Iemand moet dit by elke begin tik, hier of op ’n foon.
no-tpm = Hierdie rekenaar het geen sekuriteitskyfie wat die sleutel kan bewaar nie.
no-mesh = Sonder ander rekenaars naby is daar niemand wat kan help nie.
helpers-label = Watter bure
need-label = Hoeveel van hulle daar moet wees
helpers-few = Kies minstens soveel bure as wat daar moet wees.
passphrase-label = Wagfrase
passphrase-again-label = Dieselfde wagfrase weer
passphrase-help = Minstens 10 karakters. Neem woorde wat jy nie vergeet nie.
speed = Hierdie rekenaar lees geënkripteerde skywe teen { $megabytes } MB per sekonde ({ $cipher }).

## Recovery key

recovery-title = Herstelsleutel
recovery-says = As niks anders meer die data oopmaak nie, doen hierdie sleutel dit. Skryf dit neer of druk dit, en bewaar dit op ’n veilige plek. Dit word slegs nou gewys, en hierdie rekenaar hou dit nie.
recovery-confirm = Tik twee van sy groepe, sodat jy weet dat jy dit het.
recovery-lost = Die krag was weg voordat jy die herstelsleutel bevestig het. Tik jou wagfrase, en ’n nuwe sleutel word gemaak.
passphrase-wrong = Dit is nie die wagfrase nie.
group-label = Groep { $number }
group-wrong = Dit is nie groep { $number } nie.
recovery-new = Die krag was weg voordat jy ’n herstelsleutel bevestig het. Hier is ’n nuwe een; die vorige een is niks werd nie.

## Services

services-title = Dienste
services-says = Wat moet op hierdie rekenaar loop? Wat grys is, pas nie.
services-none = Hiervoor is daar nog geen nie. Hulle kom met ’n opdatering, of op ’n USB-stokkie.
services-label = Dienste
service-needs = { $memory } geheue, { $disk } skyf, { $watts } W
budget = Saam { $memory } van { $memory-there } geheue, { $disk } van { $disk-there } skyf, { $watts } van { $watts-there } W.
budget-wrong = Saam het hulle meer nodig as wat daar is. Laat iets weg.

## Summary

summary-title = Gereed om te begin
summary-says = Niks is nog verander nie. Dit sal gedoen word:
summary-action = Begin nou
change-locale = Taal: { $language }, sleutelbord: { $keyboard }
change-time-zone = Tydsone: { $zone }
change-name = Naam: { $name }
change-network = Netwerke: { $networks }
change-network-none = Geen netwerk behalwe die kabel nie
change-install = Die stelsel word na { $disk } gekopieer. Wat daar is, word uitgevee.
change-data-here = ’n Plek vir data op dieselfde skyf, geënkripteer
change-data = ’n Plek vir data, geënkripteer: { $disks }
change-unlock-tpm = Hierdie rekenaar maak dit self oop
change-unlock-neighbours =
    { $of ->
        [one] { $need } van { $of } buurman maak dit oop
       *[other] { $need } van { $of } bure maak dit oop
    }
change-unlock-usb-key = ’n USB-stokkie maak dit oop
change-unlock-passphrase = ’n Wagfrase maak dit oop
change-administrator = Administrateur: { $name }
change-battery = Battery: { $hours } Ah, { $volts } V
change-mesh = Ander rekenaars: { $how }
change-services = Dienste: { $services }
change-services-none = Nog geen dienste nie
change-forget = Wat nie meer nodig is nie, word verwyder

## While it is done, and afterwards

applying-title = Dit word gedoen
applying-says = Die krag mag weggaan: dit gaan voort waar dit was. Gedoen: { $done } van { $of }.
failed-says = Dit het nie gewerk nie: { $why }
try-again = Probeer weer
ready-title = Gereed
ready-says = Hierdie rekenaar is gereed. Sy bladsy is http://{ $name }.local, of { $address }.

locked-title = Die data is gesluit
locked-says = Tik hierdie rekenaar se wagfrase of sy herstelsleutel.
locked-label = Wagfrase of herstelsleutel
locked-wrong = Dit maak niks oop nie.
locked-open = Sluit oop
locked-anew = Stel hierdie rekenaar van voor af op
opening-title = Die data word oopgemaak
opening-says = Dit duur sekondes; ná ’n kragonderbreking kan dit minute duur.
