#!/bin/sh
# Makes the small mirror beside this file anew: two packages, a list of them, and a signature by a key made for this.
# Needs gpg, dpkg-deb and xz. The tests need none of that: what this makes is kept.
set -eu
cd "$(dirname "$0")"
rm -rf mirror
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gpg" --kill all; rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1700000000

package() { # name version depends provides
	mkdir -p "$work/$1-$2/DEBIAN" "$work/$1-$2/usr/share/$1" "$work/$1-$2/usr/share/doc/$1"
	echo "$2" >"$work/$1-$2/usr/share/$1/version"
	echo "not wanted" >"$work/$1-$2/usr/share/doc/$1/readme"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: the lab\nDescription: a package for tests\n' \
		"$1" "$2" >"$work/$1-$2/DEBIAN/control"
	[ -z "$3" ] || echo "Depends: $3" >>"$work/$1-$2/DEBIAN/control"
	[ -z "$4" ] || echo "Provides: $4" >>"$work/$1-$2/DEBIAN/control"
	mkdir -p "mirror/pool/main/l/$1"
	dpkg-deb --build --root-owner-group -Zxz "$work/$1-$2" "mirror/pool/main/l/$1/$1_$2_all.deb" >/dev/null
}
package labtool 2.0 'not-there | lab-abi (>= 1), tool-docs' ''
package liblab 1.5 '' 'lab-abi (= 1)'
package tool-docs 1.0 '' ''

list=mirror/dists/teststable/main
for arch in amd64 arm64; do
	mkdir -p "$list/binary-$arch"
	for deb in mirror/pool/main/l/*/*.deb; do
		dpkg-deb --field "$deb"
		printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "${deb#mirror/}" "$(stat -c %s "$deb")" \
			"$(sha256sum "$deb" | cut -d' ' -f1)"
	done | xz >"$list/binary-$arch/Packages.xz"
done
{
	printf 'Origin: the lab\nSuite: stable\nCodename: teststable\nSHA256:\n'
	cd mirror/dists/teststable
	for file in main/binary-*/Packages.xz; do
		printf ' %s %s %s\n' "$(sha256sum "$file" | cut -d' ' -f1)" "$(stat -c %s "$file")" "$file"
	done
	cd - >/dev/null
} >"$work/Release"
mkdir -m 700 "$work/gpg"
gpg --homedir "$work/gpg" --faked-system-time 20240101T000000 --batch --quiet --passphrase '' --quick-generate-key 'the lab' ed25519 sign never
gpg --homedir "$work/gpg" --faked-system-time 20240101T000000 --batch --quiet --clearsign --output mirror/dists/teststable/InRelease "$work/Release"
gpg --homedir "$work/gpg" --faked-system-time 20240101T000000 --batch --quiet --export --output mirror/keyring.gpg
