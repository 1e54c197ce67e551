### What a screen says to people who would rather use their phone.

phone-title = Set this computer up, here or with a phone
phone-wifi = Join the Wi-Fi network { $name } with your phone. Its password is { $key }.
phone-wifi-open = Join the Wi-Fi network { $name } with your phone. It needs no password.
phone-page = If no page opens by itself, open http://{ $address }/ there.
phone-soon = This computer's own Wi-Fi network for phones is about to begin.
phone-network = Phones and computers in the same network: open http://{ $name }.local/ or http://{ $address }/
phone-code = The page asks for these six digits: { $code }
phone-here = Go on here, at this screen
ready-alone = This computer is ready.
wifi-trial-title = Trying the Wi-Fi network
wifi-trial-says = This takes up to a minute. This computer's own Wi-Fi network is gone meanwhile: join it again after that, and load this page again.
wifi-anyway = To keep it as it is, type the same once more.
phone-theirs = On your phone, switch a hotspot on with the name { $name } and the password { $key }. This computer joins it by itself.
phone-has-hotspot = My phone has the hotspot
phone-own = This computer has the Wi-Fi network again
phone-waiting = Its address is shown here then. Enter: without a phone’s hotspot after all.
