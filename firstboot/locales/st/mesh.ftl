### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Sehlopha { $group } sa memo ha se a ngolwa hantle.
invitation-end = Qetello ya memo ha e yo.
invitation-other = Haeba o na le memo, kgetha tsela ya pele: ka botsona.
invitation-into = Memo ke ya setjhaba se bitswang “{ $community }”.
change-mesh-community = Dikhomphutha tse ding: { $how }, tsa setjhaba “{ $community }” feela
wireguard-label = Faele ya netweke (WireGuard)
wireguard-help = Jwalo ka ha o e neilwe ke ya hlokomelang netweke, ntle le mela e se nang letho. E na le senotlolo sa sephiri sa khomphutha ena.
network-file-kept = E tlohele e se na letho ho boloka e fanoeng.
wireguard-line = Mola { $line }: ho lebeletswe ‘Lebitso = boleng’.
network-file-name = Mola { $line }: { $name } ha e amohelwe mona.
network-file-value = Mola { $line }: ena ha se boleng ba { $name }.
network-file-twice = Mola { $line }: { $name } e se e le teng.
network-file-missing = Ho haella { $name }.
network-file-long = Faele e telele haholo.
radio-label = Kopana le diradio tsa dikhomphutha tse ding ntle le access point mahareng
radio-help = Radio ya Wi-Fi ya khomphutha ena e tla sebeletsa seo feela. Ha se radio tsohle tse kgonang, mme tse ding tse haufi le tsona di lokela ho etsa jwalo.
nebula-label = Difaele tsa netweke (Nebula)
nebula-help = Jwalo ka ha o di neilwe ke ya hlokomelang netweke, e nngwe ka mora e nngwe mme ntle le mela e se nang letho: setifikeiti sa yona, setifikeiti le senotlolo sa khomphutha ena; ebe mola ‘lighthouse ATERESE MOAMOHEDI:KOUNG’ bakeng sa lebone la lewatle le leng le le leng.
nebula-line = Mola { $line }: ho lebeletswe boloko bo qalang ka ‘-----BEGIN’, ‘lighthouse ATERESE MOAMOHEDI:KOUNG’ kapa ‘port NOMORO’.
nebula-foreign = Setifikeiti sa khomphutha ena ke sa netweke e nngwe.
nebula-key = Senotlolo ha se tsamaisane le setifikeiti sa khomphutha ena.
nebula-ended = Setifikeiti sa khomphutha ena se fedile ka { $day }.
