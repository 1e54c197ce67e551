### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in Afrikaans.

page-log-in = Meld aan
page-log-in-says = Dit is die bladsy van { $name }. Die administrateur kan hier aanmeld.
page-password = Wagwoord van die administrateur
page-password-wrong = Dit is nie die wagwoord nie.
page-wait = Te veel verkeerde wagwoorde is getik. Probeer weer oor { $seconds } sekondes.
page-stranger = Hierdie vorm was te oud, of het van elders gekom. Niks is verander nie.
page-log-out = Meld af
page-open = Maak die bladsy oop

certificate-link = Waarsku jou blaaier jou? Installeer hierdie rekenaar se sertifikaat.
certificate-title = Sertifikaat van hierdie rekenaar
certificate-says = Blaaiers waarsku omdat nog niemand vir hierdie rekenaar instaan nie. Met sy sertifikaat op jou foon of rekenaar doen hulle dit nie. Dit staan in vir { $name } en vir adresse in jou eie netwerk, en vir niks anders nie.
certificate-how = Laai die lêer af en maak dit oop. Op Android, installeer dit in die instellings, onder sekuriteit, as ’n CA-sertifikaat. Op ’n iPhone, skakel dit ook aan: General, About, Certificate Trust Settings.
certificate-compare = Iemand tussenin kan dit omruil: doen dit in ’n netwerk wat jy vertrou. Die vingerafdruk (SHA-256):
certificate-action = Laai die sertifikaat af

page-release = Weergawe { $version } loop, in gleuf { $slot }.
page-release-alone = Weergawe { $version } loop.
page-room = Plek vir data: { $free } van { $of } is vry.
page-mesh = Adres by die rekenaars naby: { $address }
page-mesh-none = Hierdie rekenaar is nou by geen ander rekenaars aangesluit nie.
page-solar-none = Niks word van sontoestelle of ’n battery gehoor nie.

events-title = Wat gebeur het
events-none = Nog niks.
event-installed = Weergawe { $version } is geïnstalleer.
event-failed = Weergawe { $version } kon nie geïnstalleer word nie: { $why }
event-refused = ’n Opdatering is geweier: { $why }
event-trial = Weergawe { $version } is op proef begin.
event-given-back = Weergawe { $version } het ’n begin saam met die krag verloor. Dit tel nie.
event-good = Weergawe { $version } werk en word gehou.
event-bad = Weergawe { $version } is sleg bevind: { $why }
event-rolled-back = Weergawe { $version } loop weer: { $why }
event-chosen = Weergawe { $version } is gekies om volgende te begin.
event-pinned = Hierdie rekenaar hou by weergawe { $version }.
event-unpinned = Hierdie rekenaar hou nie meer by een weergawe nie.
event-restarted = Hierdie rekenaar het weer begin, met weergawe { $version }.
event-other = Iets het gebeur waarvoor hierdie weergawe geen woorde het nie.

keys-none = Daar is geen.
keys-many = Daar is reeds { $most } sleutels. Verwyder eers een.
key-label = Openbare sleutel
key-add = Voeg by
key-remove = Verwyder

report-title = Verslag vir ondersteuning
report-says = ’n Lêer vir iemand wat jou help. Daar is geen name, wagwoorde, adresse of reeksnommers in nie.
report-action = Laai die verslag af
