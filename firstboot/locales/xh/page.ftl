### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in isiXhosa.

page-log-in = Ngena
page-log-in-says = Eli liphepha le-{ $name }. Umlawuli wayo angangena apha.
page-password = Iphasiwedi yomlawuli
page-password-wrong = Le ayisiyiyo iphasiwedi.
page-wait = Kuchwetheze iiphasiwedi ezininzi ezingalunganga. Zama kwakhona emva kwemizuzwana engu-{ $seconds }.
page-stranger = Le fomu ibindala kakhulu, okanye ivela kwenye indawo. Akutshintshwanga nto.
page-log-out = Phuma
page-open = Vula iphepha

certificate-link = Ingaba isikhangeli siyakulumkisa? Faka isatifikethi sale khompyutha.
certificate-title = Isatifikethi sale khompyutha
certificate-says = Izikhangeli ziyalumkisa kuba akukho mntu uqinisekisa le khompyutha okwangoku. Ukuba isatifikethi sayo sikwifowuni okanye kwikhompyutha yakho, azisalumkisi. Siqinisekisa i-{ $name } needilesi zenethiwekhi yakho kuphela.
certificate-how = Khuphela ifayile uze uyivule. Kwi-Android, yifake kwiisethingi, phantsi kokhuseleko, njengesatifikethi se-CA. Kwi-iPhone, sivule nokuvula: General, About, Certificate Trust Settings.
certificate-compare = Omnye umntu angasitshintsha endleleni: kwenze oku kwinethiwekhi oyithembayo. Umnwe waso (SHA-256):
certificate-action = Khuphela isatifikethi

page-release = Kusebenza uguqulelo { $version }, kwindawo { $slot }.
page-release-alone = Kusebenza uguqulelo { $version }.
page-room = Indawo yedatha: kusele { $free } kwi-{ $of }.
page-mesh = Idilesi phakathi kweekhompyutha ezikufutshane: { $address }
page-mesh-none = Le khompyutha ayidityaniswanga nezinye okwangoku.
page-solar-none = Akuvakali nto ngezixhobo zelanga okanye ibhetri.

events-title = Okwenzekileyo
events-none = Akukabikho nto.
event-installed = Kufakwe uguqulelo { $version }.
event-failed = Uguqulelo { $version } alukwazanga kufakwa: { $why }
event-refused = Uhlaziyo lwaliwe: { $why }
event-trial = Uguqulelo { $version } luqaliswe ngokulingwa.
event-given-back = Uguqulelo { $version } luphulukene nokuqala kanye ngenxa yombane. Oko akubalwa.
event-good = Uguqulelo { $version } luyasebenza kwaye luyagcinwa.
event-bad = Uguqulelo { $version } lufunyaniswe lungalunganga: { $why }
event-rolled-back = Kusebenza kwakhona uguqulelo { $version }: { $why }
event-chosen = Kukhethwe uguqulelo { $version } ukuba luqale ngokulandelayo.
event-pinned = Le khompyutha ihlala kuguqulelo { $version }.
event-unpinned = Le khompyutha ayisahlali kuguqulelo olunye.
event-restarted = Le khompyutha iqale ngokutsha ngoguqulelo { $version }.
event-other = Kwenzeke into olu guqulelo lungenawo amagama ayo.

keys-none = Azikho.
keys-many = Sele zikhona izitshixo ezingama-{ $most }. Susa esinye kuqala.
key-label = Isitshixo sikawonke-wonke
key-add = Yongeza
key-remove = Susa

report-title = Ingxelo yenkxaso
report-says = Ifayile yomntu okuncedayo. Ayinamagama, iiphasiwedi, iidilesi okanye iinombolo zothotho.
report-action = Khuphela ingxelo
