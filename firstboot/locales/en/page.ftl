### What people read on the node's page after set-up.

page-log-in = Log in
page-log-in-says = This is the page of { $name }. Its administrator can log in here.
page-password = Password of the administrator
page-password-wrong = This is not the password.
page-wait = Too many wrong passwords were typed. Try again in { $seconds } seconds.
page-stranger = This form was too old, or came from elsewhere. Nothing was changed.
page-log-out = Log out
page-open = Open the page

certificate-link = Does your browser warn you? Install the certificate of this computer.
certificate-title = Certificate of this computer
certificate-says = Browsers warn because nobody vouches for this computer yet. With its certificate on your phone or computer they don't. It vouches for { $name } and for addresses in your own network, and for nothing else.
certificate-how = Download the file and open it. On Android, install it in the settings, under security, as a CA certificate. On an iPhone, switch it on as well: General, About, Certificate Trust Settings.
certificate-compare = Somebody in between could exchange it: do this in a network that you trust. Its fingerprint (SHA-256):
certificate-action = Download the certificate

page-release = Release { $version } runs, in slot { $slot }.
page-release-alone = Release { $version } runs.
page-room = Room for data: { $free } of { $of } are free.
page-mesh = Address in the mesh: { $address }
page-mesh-none = This computer is in no mesh right now.
page-solar-none = Nothing is heard of solar devices or a battery.

events-title = What happened
events-none = Nothing yet.
event-installed = Release { $version } was installed.
event-failed = Release { $version } could not be installed: { $why }
event-refused = An update was refused: { $why }
event-trial = Release { $version } was started on trial.
event-given-back = Release { $version } lost a start with the power. That does not count.
event-good = Release { $version } works and is kept.
event-bad = Release { $version } was judged bad: { $why }
event-rolled-back = Release { $version } runs again: { $why }
event-chosen = Release { $version } was chosen to start next.
event-pinned = This computer keeps to release { $version }.
event-unpinned = This computer no longer keeps to one release.
event-restarted = This computer restarted into release { $version }.
event-other = Something happened that this release has no words for.

keys-none = There are none.
keys-many = There are { $most } keys already. Remove one first.
key-label = Public key
key-add = Add
key-remove = Remove

report-title = Support report
report-says = A file for somebody who helps you. It has no names, passwords, addresses or serial numbers in it.
report-action = Download the report
