### What people read while they set up a node. Short words and short sentences: many read it in their second or third language.

## Everywhere

next = Next
back = Back
not-answered = This is needed.
step = Step { $number } of { $of }
somebody-else = Somebody else is setting up this computer right now: { $who }. You can go on when nothing has been typed there for two minutes.
answered-meanwhile = This was answered in another place meanwhile.
take-over = Go on here instead
who-screen = at its screen
who-phone = on a phone or another computer
who-file = by a file of answers
file-bad = The file ilanga.toml on this disk: { $why }

## Who may

claim-title = Whose computer is this?
claim-screen = Type the six digits that stand on this computer's screen.
claim-other = This computer is being set up on another phone or computer. The page there shows six digits: type them here.
claim-label = Six digits
claim-wrong = These are not the right digits.
claim-closed = Nobody has begun in the first half hour. Switch this computer off and on, and come back.
claim-guessed = Too many wrong digits were typed. Switch this computer off and on, and come back.
claim-code = To go on with another phone or computer, open the same page there and type { $code }.

## Language

language-title = Language
language-says = Which language do you want to read?
language-label = Language
keyboard-label = Keyboard at the screen
keyboard-help = Only for a keyboard that is plugged into this computer.

## Time zone

time-zone-title = Where it is
time-zone-says = The clock needs to know where this computer is.
time-zone-label = Time zone
time-zone-unknown = There is no such time zone.

## Preset

preset-title = What it is for
preset-says = This chooses what is offered later. You can change everything then.
preset-label = This computer is for
preset-school = A school
preset-school-help = Lessons, books and exercises without the internet, and a place for everybody's work.
preset-clinic = A clinic
preset-clinic-help = Patients' records and pictures, kept safe and private.
preset-creator = Somebody who makes things
preset-creator-help = Writing, music, pictures, code, and showing them to others.
preset-plain = Something else
preset-plain-help = Nothing is chosen for you.

## Name and administrator

identity-title = Name and administrator
identity-says = Others see the name in the network. The administrator can change everything on this computer.
name-label = Name of this computer
name-help = Small letters, digits and hyphens, such as school-1.
name-wrong = A name has 1 to 63 small letters, digits and hyphens, and no hyphen at its ends.
user-label = Name of the administrator
user-help = Small letters and digits, such as thandi.
user-wrong = This name can't be used. Take up to 31 small letters and digits, the first a letter.
password-label = Password
password-help = At least 10 characters. Three or four words are easy to remember and hard to guess.
password-again-label = The same password again
password-short = Type at least 10 characters, and not only the same few.
password-differs = What was typed the second time is not the same.
password-kept = Leave it empty to keep the one that you gave before.
ssh-label = Keys for logging in from another computer (SSH)
ssh-help = One line each. Leave it empty if you don't know what this is.
ssh-wrong = Line { $line } is no public SSH key.

## Network

network-title = Network
network-says = All of this can be left out. This computer works without the internet.
network-wired = A cable is plugged in, and works.
network-no-wired = No cable is plugged in.
country-label = Country
country-help = Its two letters, such as ZA. They decide which Wi-Fi channels are allowed.
country-wrong = Type the two letters of the country, such as ZA.
wifi-label = Wi-Fi network
wifi-none = None
wifi-other = Another one, by its name
wifi-name-label = Name of the Wi-Fi network
wifi-name-wrong = A Wi-Fi network's name has at most 32 letters.
wifi-key-label = Key of the Wi-Fi network
wifi-key-wrong = A Wi-Fi key has 8 to 63 characters.
wifi-key-refused = '{ $name }' does not take this key.
wifi-gone = '{ $name }' does not answer. It may be too far away.
wifi-signal-good = good signal
wifi-signal-weak = weak signal
wifi-open = open: everybody can listen
metered-label = This network costs money by the megabyte
metered-help = Then nothing large is fetched without your word.

## Sun and battery

solar-title = Sun and battery
solar-says = This computer looks for solar chargers, inverters and batteries. It only reads them, and changes nothing.
solar-none = Nothing was found. You can plug something in now, or go on without.
solar-found = { $device }: { $says }
battery-known = The battery is known: { $says }
battery-describe = Nobody says what battery it is. If there is one, describe it here; it is printed on its label.
chemistry-label = Kind of battery
chemistry-none = There is none, or I don't know
chemistry-lifepo4 = Lithium iron phosphate (LiFePO4)
chemistry-lithium-ion = Another lithium battery
chemistry-lead = Lead: flooded, AGM or gel
ampere-hours-label = Ampere hours (Ah)
volts-label = Volts
battery-wrong = This is no battery's: 1 to 20 000 ampere hours, and 3 to 1000 volts.

## Mesh

mesh-title = Other computers nearby
mesh-says = Computers like this one find each other and help each other, with and without the internet. What they say to each other is encrypted.
mesh-label = How
mesh-yggdrasil = By themselves
mesh-yggdrasil-help = Nothing needs to be arranged. (Yggdrasil)
mesh-wireguard = Only those that I name
mesh-wireguard-help = Their keys are exchanged by hand. (WireGuard)
mesh-nebula = Only those with a certificate
mesh-nebula-help = Whoever looks after the network gives them out. (Nebula)
mesh-none = Not at all
invitation-label = Invitation
invitation-help = A line that begins with 'ilanga:', from a computer that is there already. Leave it empty if you have none.
invitation-wrong = This is no invitation. It begins with 'ilanga:'.
invitation-false = This invitation was changed, or nobody whom it names has signed it.
invitation-old = This invitation ended on { $day }.
helps-label = Help neighbours to open their disks after a power cut
helps-help = They can't open them when they are stolen. This computer learns nothing of what is on them.

## Storage

storage-title = Disk
storage-says = What people put on this computer is encrypted: who takes the disk can't read it.
install-label = Where the system shall live
install-here = Where it is now: { $disk }
install-to = This computer's own disk: { $disk }
data-label = Where data shall be
data-rest = On the same disk: { $size }
data-disk = { $disk }
disk-holds = has { $holds } on it
disk-empty = empty
erase-label = Name of the disk that may be erased
erase-help = { $disk } has { $holds } on it. All of that goes. Type { $disk } if you are sure.
erase-wrong = Type the name as it stands there.
disk-gone = The disk { $disk } is no longer there.
disk-twice = The disk { $disk } can be used for one thing only.
disk-small = There is room for { $there } of data. At least { $needed } are needed.
unlock-label = What opens the data when this computer starts
unlock-tpm = The computer by itself
unlock-tpm-help = Its security chip (TPM) gives the key only to a system that was not changed.
unlock-tpm-no-secure-boot = Secure Boot is off: somebody who has this computer for a while may get the key. Switch it on in the firmware's settings if you can.
unlock-neighbours = Neighbours
unlock-usb-key = A USB stick
unlock-passphrase = A passphrase
unlock-passphrase-help = Somebody has to type it at each start, here or on a phone.
no-tpm = This computer has no security chip that can keep the key.
no-mesh = Without other computers nearby there is nobody who could help.
helpers-label = Which neighbours
need-label = How many of them have to be there
helpers-few = Choose at least as many neighbours as have to be there.
passphrase-label = Passphrase
passphrase-again-label = The same passphrase again
passphrase-help = At least 10 characters. Take words that you do not forget.
speed = This computer reads encrypted disks with { $megabytes } MB a second ({ $cipher }).

## Recovery key

recovery-title = Recovery key
recovery-says = If nothing else opens the data any more, this key does. Write it down or print it, and keep it in a safe place. It is shown only now, and this computer does not keep it.
recovery-confirm = Type two of its groups, so that you know that you have it.
recovery-lost = The power was gone before you had confirmed the recovery key. Type your passphrase, and a new key is made.
passphrase-wrong = This is not the passphrase.
group-label = Group { $number }
group-wrong = This is not group { $number }.
recovery-new = The power was gone before you had confirmed a recovery key. This is a new one; the one before is worth nothing.

## Services

services-title = Services
services-says = What shall run on this computer? What is greyed out does not fit.
services-none = There are none yet for this. They come with an update, or on a stick.
services-label = Services
service-needs = { $memory } of memory, { $disk } of disk, { $watts } W
budget = Together { $memory } of { $memory-there } memory, { $disk } of { $disk-there } disk, { $watts } of { $watts-there } W.
budget-wrong = Together they need more than there is. Leave something out.

## Summary

summary-title = Ready to begin
summary-says = Nothing has been changed yet. This will be done:
summary-action = Begin
change-locale = Language: { $language }, keyboard: { $keyboard }
change-time-zone = Time zone: { $zone }
change-name = Name: { $name }
change-network = Networks: { $networks }
change-network-none = No network but the cable
change-install = The system is copied to { $disk }. What is there goes.
change-data-here = A place for data on the same disk, encrypted
change-data = A place for data, encrypted: { $disks }
change-unlock-tpm = This computer opens it by itself
change-unlock-neighbours = { $need } of { $of } neighbours open it
change-unlock-usb-key = A USB stick opens it
change-unlock-passphrase = A passphrase opens it
change-administrator = Administrator: { $name }
change-battery = Battery: { $hours } Ah, { $volts } V
change-mesh = Other computers: { $how }
change-services = Services: { $services }
change-services-none = No services yet
change-forget = What is not needed any more is forgotten

## While it is done, and afterwards

applying-title = It is being done
applying-says = The power may go: it goes on where it was. Done: { $done } of { $of }.
failed-says = That did not work: { $why }
try-again = Try again
ready-title = Ready
ready-says = This computer is ready. Its page is http://{ $name }.local, or { $address }.

locked-title = The data are locked
locked-says = Type the passphrase of this computer, or its recovery key.
locked-label = Passphrase or recovery key
locked-wrong = This opens nothing.
locked-open = Unlock
locked-anew = Set this computer up anew
opening-title = Opening the data
opening-says = This takes seconds; after a power cut it can take minutes.
