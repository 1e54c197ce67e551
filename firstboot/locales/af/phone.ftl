### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What a screen says to people who would rather use their phone, in Afrikaans.

phone-title = Stel hierdie rekenaar op, hier of met 'n foon
phone-wifi = Sluit met jou foon by die Wi-Fi-netwerk { $name } aan. Die wagwoord is { $key }.
phone-wifi-open = Sluit met jou foon by die Wi-Fi-netwerk { $name } aan. Dit het geen wagwoord nodig nie.
phone-page = As geen bladsy vanself oopmaak nie, maak daar http://{ $address }/ oop.
phone-soon = Hierdie rekenaar se eie Wi-Fi-netwerk vir fone begin nou-nou.
phone-network = Fone en rekenaars in dieselfde netwerk: maak http://{ $name }.local/ of http://{ $address }/ oop
phone-code = Die bladsy vra vir hierdie ses syfers: { $code }
phone-here = Gaan hier voort, by hierdie skerm
ready-alone = Hierdie rekenaar is gereed.
wifi-trial-title = Die Wi-Fi-netwerk word probeer
wifi-trial-says = Dit neem tot 'n minuut. Hierdie rekenaar se eie Wi-Fi-netwerk is intussen weg: sluit daarna weer aan, en laai hierdie bladsy weer.
wifi-anyway = Om dit so te hou, tik dieselfde nog 'n keer.
phone-theirs = Skakel op jou foon ’n Wi-Fi-warmkol aan met die naam { $name } en die wagwoord { $key }. Hierdie rekenaar sluit vanself daarby aan.
phone-has-hotspot = My foon het die warmkol
phone-own = Hierdie rekenaar het weer die Wi-Fi-netwerk
phone-waiting = Sy adres verskyn dan hier. Enter: tog sonder ’n foon se warmkol.
