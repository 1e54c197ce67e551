### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in isiZulu.

phone-title = Lungisa le khompyutha, lapha noma ngefoni
phone-wifi = Ngefoni yakho, joyina inethiwekhi ye-Wi-Fi { $name }. Iphasiwedi yayo: { $key }
phone-wifi-open = Ngefoni yakho, joyina inethiwekhi ye-Wi-Fi { $name }. Ayidingi phasiwedi.
phone-page = Uma kungavuleki khasi, vula i-http://{ $address }/ kuyo.
phone-soon = Inethiwekhi ye-Wi-Fi yale khompyutha yamafoni isizoqala.
phone-network = Amafoni namakhompyutha akule nethiwekhi: vula i-http://{ $name }.local/ noma i-http://{ $address }/
phone-code = Ikhasi licela lezi zinombolo eziyisithupha: { $code }
phone-here = Qhubeka lapha, kulesi sikrini
ready-alone = Le khompyutha isilungile.
wifi-trial-title = Kuzanywa inethiwekhi ye-Wi-Fi
wifi-trial-says = Lokhu kuthatha umzuzu noma ngaphansi. Inethiwekhi ye-Wi-Fi yale khompyutha ayikho okwamanje: yijoyine futhi ngemva kwalokho, bese uvula leli khasi futhi.
wifi-anyway = Ukuze ukugcine kunjalo, bhala okufanayo futhi.
phone-theirs = Efonini yakho, vula i-hotspot enegama { $name } nephasiwedi { $key }. Le khompyutha izoyijoyina ngokwayo.
phone-has-hotspot = Ifoni yami inayo i-hotspot
phone-own = Le khompyutha iphinde ibe nenethiwekhi ye-Wi-Fi
phone-waiting = Ikheli layo lizovela lapha. U-Enter: ngaphandle kwe-hotspot yefoni.
