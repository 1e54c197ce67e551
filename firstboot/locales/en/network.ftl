### What people read about networks that few need.

more-label = More, for who needs it
more-fixed = The cable needs an address that I type
more-metered = What comes by the cable costs money by the megabyte
more-mobile = There is a SIM card: use the mobile network
more-mobile-help = A modem has to be plugged in. What comes by it costs money: nothing large is fetched without your word.
address-label = Address of this computer
address-help = With the bits of its network, such as 192.168.7.2/24.
address-wrong = Type an address with the bits of its network, such as 192.168.7.2/24.
gateway-label = Address of the router
gateway-help = Leave it empty if there is no way out.
gateway-wrong = Type an address, such as 192.168.7.1.
dns-label = Servers for names (DNS)
dns-help = Up to three addresses, with spaces between them.
dns-wrong = Type at most three addresses, with spaces between them.
point-label = Access point (APN)
point-help = The company that sold the card says it. Leave it empty if you don't know it.
point-wrong = An access point's name has letters, digits, dots and hyphens.
pin-label = PIN of the SIM card
pin-help = Leave it empty if the card has none.
pin-kept = Leave it empty to keep the one that was typed.
pin-wrong = A PIN has 4 to 8 digits.
