### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in isiZulu.

page-log-in = Ngena
page-log-in-says = Leli yikhasi le-{ $name }. Umphathi wayo angangena lapha.
page-password = Iphasiwedi yomphathi
page-password-wrong = Le akuyona iphasiwedi.
page-wait = Kubhalwe amaphasiwedi amaningi angalungile. Zama futhi emva kwemizuzwana engu-{ $seconds }.
page-stranger = Leli fomu belilidala kakhulu, noma livela kwenye indawo. Akushintshwanga lutho.
page-log-out = Phuma
page-open = Vula ikhasi

certificate-link = Ingabe isiphequluli siyakuxwayisa? Faka isitifiketi sale khompyutha.
certificate-title = Isitifiketi sale khompyutha
certificate-says = Iziphequluli ziyaxwayisa ngoba akekho okwamanje oqinisekisa le khompyutha. Uma isitifiketi sayo sisefonini noma ekhompyutheni yakho, azisaxwayisi. Siqinisekisa i-{ $name } namakheli enethiwekhi yakho kuphela.
certificate-how = Landa ifayela bese ulivula. Ku-Android, lifake kuzilungiselelo, ngaphansi kokuphepha, njengesitifiketi se-CA. Ku-iPhone, sivule futhi: General, About, Certificate Trust Settings.
certificate-compare = Omunye umuntu angasishintsha endleleni: kwenze lokhu enethiwekhini oyethembayo. Izigxivizo zaso zeminwe (SHA-256):
certificate-action = Landa isitifiketi

page-release = Kusebenza uhlobo { $version }, endaweni { $slot }.
page-release-alone = Kusebenza uhlobo { $version }.
page-room = Indawo yedatha: kusele { $free } ku-{ $of }.
page-mesh = Ikheli phakathi kwamakhompyutha aseduze: { $address }
page-mesh-none = Le khompyutha ayixhumene namanye okwamanje.
page-solar-none = Akuzwakali lutho ngezinto zelanga noma ibhethri.

events-title = Okwenzekile
events-none = Akukabi lutho.
event-installed = Kufakwe uhlobo { $version }.
event-failed = Uhlobo { $version } aluzange lufakeke: { $why }
event-refused = Kwenqatshwe isibuyekezo: { $why }
event-trial = Uhlobo { $version } luqaliswe ukuze luhlolwe.
event-given-back = Uhlobo { $version } lulahlekelwe ukuqala kanye ngenxa kagesi. Lokho akubalwa.
event-good = Uhlobo { $version } luyasebenza futhi luyagcinwa.
event-bad = Uhlobo { $version } lutholwe lungalungile: { $why }
event-rolled-back = Kusebenza futhi uhlobo { $version }: { $why }
event-chosen = Kukhethwe uhlobo { $version } ukuthi luqale ngokulandelayo.
event-pinned = Le khompyutha ihlala ohlotsheni { $version }.
event-unpinned = Le khompyutha ayisahlali ohlotsheni olulodwa.
event-restarted = Le khompyutha iqale kabusha ngohlobo { $version }.
event-other = Kwenzeke okuthile lolu hlobo olungenawo amagama akho.

keys-none = Abukho.
keys-many = Sebekhona okhiye abangu-{ $most }. Susa oyedwa kuqala.
key-label = Ukhiye womphakathi
key-add = Engeza
key-remove = Susa

report-title = Umbiko wosizo
report-says = Ifayela lomuntu okusizayo. Alinawo amagama, amaphasiwedi, amakheli noma izinombolo zochungechunge.
report-action = Landa umbiko
