### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read on the node's page after set-up, in Kiswahili.

page-log-in = Ingia
page-log-in-says = Huu ni ukurasa wa { $name }. Msimamizi wake anaweza kuingia hapa.
page-password = Nenosiri la msimamizi
page-password-wrong = Hili si nenosiri.
page-wait = Manenosiri mengi yasiyo sahihi yameandikwa. Jaribu tena baada ya sekunde { $seconds }.
page-stranger = Fomu hii ilikuwa ya zamani mno, au ilitoka mahali pengine. Hakuna kilichobadilishwa.
page-log-out = Toka
page-open = Fungua ukurasa

certificate-link = Je, kivinjari chako kinakuonya? Sakinisha cheti cha kompyuta hii.
certificate-title = Cheti cha kompyuta hii
certificate-says = Vivinjari vinaonya kwa sababu bado hakuna anayethibitisha kompyuta hii. Ukiwa na cheti chake kwenye simu au kompyuta yako, haviwezi kuonya tena. Kinathibitisha { $name } na anwani za mtandao wako mwenyewe, na si kingine chochote.
certificate-how = Pakua faili na uifungue. Kwenye Android, isakinishe katika mipangilio, chini ya usalama, kama cheti cha CA. Kwenye iPhone, kiwashe pia: General, About, Certificate Trust Settings.
certificate-compare = Mtu aliye katikati angeweza kukibadilisha: fanya hivi katika mtandao unaouamini. Alama yake ya kidole (SHA-256):
certificate-action = Pakua cheti

page-release = Toleo { $version } linaendeshwa, katika nafasi { $slot }.
page-release-alone = Toleo { $version } linaendeshwa.
page-room = Nafasi ya data: { $free } kati ya { $of } ziko wazi.
page-mesh = Anwani kati ya kompyuta zilizo karibu: { $address }
page-mesh-none = Kompyuta hii haijaunganishwa na nyingine kwa sasa.
page-solar-none = Hakuna kinachosikika kutoka kwa vifaa vya jua au betri.

events-title = Yaliyotokea
events-none = Bado hakuna.
event-installed = Toleo { $version } limesakinishwa.
event-failed = Toleo { $version } halikuweza kusakinishwa: { $why }
event-refused = Sasisho limekataliwa: { $why }
event-trial = Toleo { $version } limewashwa kwa majaribio.
event-given-back = Toleo { $version } limepoteza uwashaji mmoja pamoja na umeme. Huo hauhesabiwi.
event-good = Toleo { $version } linafanya kazi na linabaki.
event-bad = Toleo { $version } limeonekana kuwa baya: { $why }
event-rolled-back = Toleo { $version } linaendeshwa tena: { $why }
event-chosen = Toleo { $version } limechaguliwa kuwashwa baadaye.
event-pinned = Kompyuta hii inabaki kwenye toleo { $version }.
event-unpinned = Kompyuta hii haibaki tena kwenye toleo moja.
event-restarted = Kompyuta hii imewashwa upya na toleo { $version }.
event-other = Kumetokea jambo ambalo toleo hili halina maneno yake.

keys-none = Hakuna.
keys-many = Tayari kuna funguo { $most }. Ondoa moja kwanza.
key-label = Ufunguo wa umma
key-add = Ongeza
key-remove = Ondoa

report-title = Ripoti ya msaada
report-says = Faili kwa mtu anayekusaidia. Haina majina, manenosiri, anwani wala namba za mfululizo.
report-action = Pakua ripoti
