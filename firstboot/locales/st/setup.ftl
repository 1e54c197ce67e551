### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read while they set up a node, in Sesotho as it is written in South Africa. Short words and short sentences.

## Everywhere

next = E latelang
back = Morao
not-answered = Sena se a hlokahala.
step = Mohato { $number } ho { $of }
somebody-else = Motho e mong o ntse a seta khomphutha ena hona jwale: { $who }. O ka tswela pele ha ho sa ngolwe letho moo metsotso e mmedi.
answered-meanwhile = Sena se arabilwe sebakeng se seng nakong eo.
take-over = Ho ena le hoo, tswela pele mona
who-screen = sekirining sa yona
who-phone = founong kapa khomphutheng e nngwe
who-file = ka faele ya dikarabo
file-bad = Faele ya ilanga.toml e disking ena: { $why }

## Who may

claim-title = Khomphutha ena ke ya mang?
claim-screen = Ngola dinomoro tse tsheletseng tse sekirining sa khomphutha ena.
claim-other = Khomphutha ena e ntse e setwa ka founo kapa khomphutha e nngwe. Leqephe le bulehileng moo le bontsha dinomoro tse tsheletseng: di ngole mona.
claim-label = Dinomoro tse tsheletseng
claim-wrong = Tsena ha se dinomoro tse nepahetseng.
claim-closed = Ha ho motho ya qadileng metsotsong e 30 ya pele. Tima khomphutha ena, o e bule hape, mme o kgutlele mona.
claim-guessed = Dinomoro tse fosahetseng di ngotswe makgetlo a mangata haholo. Tima khomphutha ena, o e bule hape, mme o kgutlele mona.
claim-code = Ho tswela pele ka founo kapa khomphutha e nngwe, bula leqephe lona lena ho yona, o ngole { $code }.

## Language

language-title = Puo
language-says = O batla ho bala ka puo efe?
language-label = Puo
keyboard-label = Khiboto ya khomphutha ena
keyboard-help = Kgetha sena feela haeba ho na le khiboto e hoketsweng khomphutheng ena.

## Time zone

time-zone-title = Moo e leng teng
time-zone-says = Tshupanako e lokela ho tseba hore na khomphutha ena e hokae.
time-zone-label = Zouno ya nako
time-zone-unknown = Ha ho zouno ya nako e jwalo.

## Preset

preset-title = Mosebetsi wa yona
preset-says = Sena se laola seo o tla se fuwa hamorao. O ka fetola tsohle ka nako eo.
preset-label = Khomphutha ena ke ya
preset-school = Sekolo
preset-school-help = Dithuto, dibuka le boikwetliso ntle le inthanete, le sebaka sa mosebetsi wa motho e mong le e mong.
preset-clinic = Tleliniki
preset-clinic-help = Direkoto le ditshwantsho tsa bakudi, di bolokehile hape ke lekunutu.
preset-creator = Motho ya etsang dintho
preset-creator-help = Ho ngola, mmino, ditshwantsho, khoutu, le ho di bontsha ba bang.
preset-plain = Ntho e nngwe
preset-plain-help = Ha o kgethelwe letho.

## Name and administrator

identity-title = Lebitso le motsamaisi
identity-says = Ba bang ba bona lebitso lena netwekeng. Motsamaisi a ka fetola tsohle khomphutheng ena.
name-label = Lebitso la khomphutha ena
name-help = Ditlhaku tse nyane, dinomoro le ditlami (-), mohlala: school-1.
name-wrong = Lebitso le na le bolelele ba 1 ho isa ho 63: ditlhaku tse nyane, dinomoro le ditlami (-). Le ke ke la qala kapa la fela ka tlami.
user-label = Lebitso la motsamaisi
user-help = Ditlhaku tse nyane le dinomoro, mohlala: thandi.
user-wrong = Lebitso lena le ke ke la sebediswa. Sebedisa ditlhaku tse nyane le dinomoro tse sa feteng 31, o qale ka tlhaku.
password-label = Phasewete
password-help = Bonyane ditlhaku tse 10. Mantswe a mararo kapa a mane ho bonolo ho a hopola, ho thata ho a akanya.
password-again-label = Ngola phasewete hape
password-short = Ngola bonyane ditlhaku tse 10, eseng tse mmalwa tse phetwang.
password-differs = Se ngotsweng la bobedi ha se tshwane.
password-kept = Siya sebaka se se na letho ho boloka eo o e kentseng pele.
ssh-label = Dinotlolo tsa ho kena ho tswa khomphutheng e nngwe (SSH)
ssh-help = Senotlolo se le seng moleng ka mong. Siya sebaka se se na letho haeba o sa tsebe hore na ke eng.
ssh-wrong = Moleng wa { $line } ha ho senotlolo sa SSH sa batho bohle.

## Network

network-title = Netweke
network-says = O ka tlola tsena tsohle. Khomphutha ena e sebetsa ntle le inthanete.
network-wired = Kheibole e hoketswe, mme e a sebetsa.
network-no-wired = Ha ho kheibole e hoketsweng.
country-label = Naha
country-help = Ditlhaku tsa yona tse pedi, mohlala: ZA. Di laola hore na ke ditjhanele dife tsa Wi-Fi tse dumelletsweng.
country-wrong = Ngola ditlhaku tse pedi tsa naha, mohlala: ZA.
wifi-label = Netweke ya Wi-Fi
wifi-none = Ha e yo
wifi-other = E nngwe, ka lebitso la yona
wifi-name-label = Lebitso la netweke ya Wi-Fi
wifi-name-wrong = Lebitso la netweke ya Wi-Fi ha le fete ditlhaku tse 32.
wifi-key-label = Phasewete ya netweke ya Wi-Fi
wifi-key-wrong = Phasewete ya Wi-Fi e na le ditlhaku tse 8 ho isa ho tse 63.
wifi-key-refused = Netweke ya “{ $name }” ha e amohele phasewete ena.
wifi-gone = Netweke ya “{ $name }” ha e arabe. Mohlomong e hole haholo.
wifi-signal-good = signale e ntle
wifi-signal-weak = signale e fokolang
wifi-open = e bulehile: mang kapa mang a ka mamela
metered-label = Netweke ena e lefisa bakeng sa megabaete ka nngwe
metered-help = Ha ho le jwalo, ha ho ntho e kgolo e tla latwa ntle le tumello ya hao.

## Sun and battery

solar-title = Letsatsi le betri
solar-says = Khomphutha ena e batla ditjhaja tsa letsatsi, di-inverter le dibetri. E di bala feela, ha e fetole letho.
solar-none = Ha ho letho le fumanweng. O ka hokela ntho hona jwale, kapa wa tswela pele ntle le yona.
solar-found = { $device }: { $says }
battery-known = Betri e a tsejwa: { $says }
battery-describe = Ha ho tsejwe hore na ke betri efe. Haeba e le teng, e hlalose mona. Dintlha di ngotswe hodima yona.
chemistry-label = Mofuta wa betri
chemistry-none = Ha e yo, kapa ha ke tsebe
chemistry-lifepo4 = Ya lithium iron phosphate (LiFePO4)
chemistry-lithium-ion = Betri e nngwe ya lithium
chemistry-lead = Ya lote (lead): e nang le metsi, AGM kapa gel
ampere-hours-label = Di-ampere hour (Ah)
volts-label = Divolte (V)
battery-wrong = Ha ho betri e jwalo. Kenya di-ampere hour tse pakeng tsa 1 le 20 000, le divolte tse pakeng tsa 3 le 1000.

## Mesh

mesh-title = Dikhomphutha tse ding tse haufi
mesh-says = Dikhomphutha tse kang ena di a fumanana mme di a thusana, ka inthanete le ntle le yona. Seo di se romellanang se notletswe ka khoutu.
mesh-label = Jwang
mesh-yggdrasil = Ka botsona
mesh-yggdrasil-help = Ha ho letho leo o lokelang ho le hlophisa. (Yggdrasil)
mesh-wireguard = Tseo ke di bolelang feela
mesh-wireguard-help = Dinotlolo tsa tsona di fapanyetsanwa ka letsoho. (WireGuard)
mesh-nebula = Tse nang le setifikeiti feela
mesh-nebula-help = Di fanwa ke ya hlokomelang netweke. (Nebula)
mesh-none = Di se ke tsa hokahana
invitation-label = Memo
invitation-help = Mola o qalang ka “ilanga:”, o tswang khomphutheng e seng e le teng. Siya sebaka se se na letho haeba o se na yona.
invitation-wrong = Ena ha se memo. Memo e qala ka “ilanga:”.
invitation-false = Memo ena e fetotswe, kapa ha ho le ya mong wa bao e ba bolelang ya e saenneng.
invitation-old = Memo ena e feletswe ke nako ka { $day }.
helps-label = Thusa baahisani ho bula didisiki tsa bona ka mora ho kgaoha ha motlakase
helps-help = Didisiki tse utswitsweng ha di bulehe. Khomphutha ena ha e bone letho le ho tsona.

## Storage

storage-title = Disiki
storage-says = Seo batho ba se behang khomphutheng ena se notletswe ka khoutu: ya nkang disiki a ke ke a se bala.
install-label = Moo sisteme e tla dula teng
install-here = Moo e leng teng jwale: { $disk }
install-to = Disiki ya khomphutha ena ka boyona: { $disk }
data-label = Moo data e tla ba teng
data-rest = Disiking yona eo: { $size }
data-disk = { $disk }
disk-holds = e na le: { $holds }
disk-empty = ha e na letho
erase-label = Lebitso la disiki e ka hlakolwang
erase-help = Disiki { $disk } e na le: { $holds }. Tseo tsohle di tla hlakolwa. Ngola { $disk } haeba o na le bonnete.
erase-wrong = Ngola lebitso jwalo ka ha le ngotswe moo.
disk-gone = Disiki { $disk } ha e sa le teng.
disk-twice = Disiki { $disk } e ka sebediswa bakeng sa ntho e le nngwe feela.
disk-small = Sebaka sa data: { $there }. Ho hlokahala bonyane: { $needed }.
unlock-label = Se bulang data ha khomphutha ena e qala
unlock-tpm = Khomphutha ka boyona
unlock-tpm-help = Tjhipi ya yona ya tshireletso (TPM) e fana ka senotlolo feela ho sisteme e sa fetolwang.
unlock-tpm-no-secure-boot = Secure Boot ha e a bulwa: motho ya nang le khomphutha ena nakwana a ka fumana senotlolo. E bule disettingeng tsa firmware haeba o kgona.
unlock-neighbours = Baahisani
unlock-usb-key = USB stick
unlock-passphrase = Polelwana ya lekunutu
unlock-passphrase-help = Motho o lokela ho e ngola nako le nako ha khomphutha e qala, mona kapa founong.
no-tpm = Khomphutha ena ha e na tjhipi ya tshireletso e ka bolokang senotlolo.
no-mesh = Ntle le dikhomphutha tse ding tse haufi ha ho motho ya ka thusang.
helpers-label = Baahisani bafe
need-label = Ho lokela ho ba teng ba bakae
helpers-few = Kgetha baahisani ba lekanang le ba lokelang ho ba teng, kapa ho feta.
passphrase-label = Polelwana ya lekunutu
passphrase-again-label = Ngola polelwana ya lekunutu hape
passphrase-help = Bonyane ditlhaku tse 10. Kgetha mantswe ao o ke keng wa a lebala.
speed = Khomphutha ena e bala didisiki tse notletsweng ka khoutu ka { $megabytes } MB ka motsotswana ({ $cipher }).

## Recovery key

recovery-title = Senotlolo sa tshohanyetso
recovery-says = Haeba ho se na se seng se bulang data, senotlolo sena se a e bula. Se ngole fatshe kapa o se hatise, o se boloke sebakeng se bolokehileng. Se bontshwa hona jwale feela, mme khomphutha ena ha e se boloke.
recovery-confirm = Ngola dihlopha tse pedi tsa sona, hore o tsebe hore o na le sona.
recovery-lost = Motlakase o kgaohile pele o netefatsa senotlolo sa tshohanyetso. Ngola polelwana ya hao ya lekunutu, mme ho tla etswa senotlolo se setjha.
passphrase-wrong = Ena ha se polelwana ya lekunutu e nepahetseng.
group-label = Sehlopha sa { $number }
group-wrong = Sena ha se sehlopha sa { $number }.
recovery-new = Motlakase o kgaohile pele o netefatsa senotlolo sa tshohanyetso. Sena ke se setjha; sa pele ha se sa sebetsa.

## Services

services-title = Ditshebeletso
services-says = Ke ditshebeletso dife tse lokelang ho sebetsa khomphutheng ena? Tse putswa ha di kene.
services-none = Ha di eso be teng. Di tla tla le ntjhafatso, kapa ka USB stick.
services-label = Ditshebeletso
service-needs = memori { $memory }, disiki { $disk }, { $watts } W
budget = Kaofela: memori { $memory } ho { $memory-there }, disiki { $disk } ho { $disk-there }, { $watts } ho { $watts-there } W.
budget-wrong = Kaofela di hloka ho feta se leng teng. Siya e nngwe.

## Summary

summary-title = Tsohle di se di lokile
summary-says = Ha ho eso fetolwe letho. Sena se tla etswa:
summary-action = Qala
change-locale = Puo: { $language }, khiboto: { $keyboard }
change-time-zone = Zouno ya nako: { $zone }
change-name = Lebitso: { $name }
change-network = Dinetweke: { $networks }
change-network-none = Ha ho netweke ntle le kheibole
change-install = Sisteme e tla kopiswa ho { $disk }. Tse leng moo di tla hlakolwa.
change-data-here = Sebaka sa data, se notletsweng ka khoutu, disiking yona eo
change-data = Sebaka sa data, se notletsweng ka khoutu: { $disks }
change-unlock-tpm = Khomphutha ena e bula data ka boyona
change-unlock-neighbours = Baahisani ba bulang data: { $need } ho { $of }
change-unlock-usb-key = USB stick e bula data
change-unlock-passphrase = Polelwana ya lekunutu e bula data
change-administrator = Motsamaisi: { $name }
change-battery = Betri: { $hours } Ah, { $volts } V
change-mesh = Dikhomphutha tse ding: { $how }
change-services = Ditshebeletso: { $services }
change-services-none = Ha ho eso be le ditshebeletso
change-forget = Tse sa hlokahaleng hape di a tloswa

## While it is done, and afterwards

applying-title = Ho ntse ho etswa
applying-says = Le haeba motlakase o kgaoha, mosebetsi o tla tswela pele moo o emeng teng. Tse entsweng: { $done } ho { $of }.
failed-says = Sena ha se a sebetsa: { $why }
try-again = Leka hape
ready-title = E se e lokile
ready-says = Khomphutha ena e se e lokile. Leqephe la yona: http://{ $name }.local, kapa { $address }.

locked-title = Data e notletswe
locked-says = Ngola polelwana ya lekunutu ya khomphuta ena, kapa senotlolo sa yona sa tshohanyetso.
locked-label = Polelwana ya lekunutu kapa senotlolo sa tshohanyetso
locked-wrong = Sena ha se bule letho.
locked-open = Notlolla
locked-anew = Hlophisa khomphuta ena botjha
opening-title = Data e a bulwa
opening-says = Sena se nka metsotswana; haeba motlakase o ne o kgaohile, se ka nka metsotso.
