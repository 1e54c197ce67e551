### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in Sesotho.

page-log-in = Kena
page-log-in-says = Lena ke leqephe la { $name }. Motsamaisi wa yona a ka kena mona.
page-password = Phasewete ya motsamaisi
page-password-wrong = Ena ha se phasewete.
page-wait = Ho ngotswe diphasewete tse ngata tse fosahetseng. Leka hape ka mora metsotswana e { $seconds }.
page-stranger = Foromo ena e ne e le ya kgale haholo, kapa e tswa sebakeng se seng. Ha ho letho le fetotsweng.
page-log-out = Etswa
page-open = Bula leqephe

certificate-link = Na sebatli sa hao sa o lemosa? Kenya setifikeiti sa khomphutha ena.
certificate-title = Setifikeiti sa khomphutha ena
certificate-says = Dibatli di a lemosa hobane ha ho motho ya tiisang khomphutha ena hajwale. Ha setifikeiti sa yona se le founong kapa khomphutheng ya hao, ha di sa lemosa. Se tiisa { $name } le diaterese tsa netweke ya hao feela.
certificate-how = Jarolla faele mme o e bule. Ho Android, e kenye ho disetting, tlasa tshireletso, jwaloka setifikeiti sa CA. Ho iPhone, se bule hape: General, About, Certificate Trust Settings.
certificate-compare = Motho e mong tseleng a ka se fetola: etsa sena netwekeng eo o e tshepang. Kgatiso ya sona ya menwana (SHA-256):
certificate-action = Jarolla setifikeiti

page-release = Ho sebetsa mofuta { $version }, sebakeng { $slot }.
page-release-alone = Ho sebetsa mofuta { $version }.
page-room = Sebaka sa data: ho setse { $free } ho { $of }.
page-mesh = Aterese hara dikhomphutha tse haufi: { $address }
page-mesh-none = Khomphutha ena ha e a hokelwa ho tse ding hajwale.
page-solar-none = Ha ho letho le utlwahalang ka disebediswa tsa letsatsi kapa betri.

events-title = Se etsahetseng
events-none = Ha ho letho hajwale.
event-installed = Mofuta { $version } o kentswe.
event-failed = Mofuta { $version } ha o a ka wa kengwa: { $why }
event-refused = Ntjhafatso e hannwe: { $why }
event-trial = Mofuta { $version } o qadilwe ka teko.
event-given-back = Mofuta { $version } o lahlehetswe ke ho qala ha nngwe ka lebaka la motlakase. Seo ha se balwe.
event-good = Mofuta { $version } o a sebetsa mme o a bolokwa.
event-bad = Mofuta { $version } o fumanwe o sa loka: { $why }
event-rolled-back = Ho sebetsa hape mofuta { $version }: { $why }
event-chosen = Mofuta { $version } o kgethilwe hore o qale ka mora moo.
event-pinned = Khomphutha ena e dula mofuteng { $version }.
event-unpinned = Khomphutha ena ha e sa dula mofuteng o le mong.
event-restarted = Khomphutha ena e qadile botjha ka mofuta { $version }.
event-other = Ho etsahetse ntho eo mofuta ona o se nang mantswe a yona.

keys-none = Ha di yo.
keys-many = Ho se ho na le dinotlolo tse { $most }. Tlosa se seng pele.
key-label = Senotlolo sa batho bohle
key-add = Eketsa
key-remove = Tlosa

report-title = Tlaleho ya thuso
report-says = Faele ya motho ya o thusang. Ha e na mabitso, diphasewete, diaterese kapa dinomoro tsa tatellano.
report-action = Jarolla tlaleho
