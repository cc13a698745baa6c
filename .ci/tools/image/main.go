// Image packs the program into a container image, without a daemon, and unpacks one to look
// at it. An image is a directory in the form of the OCI image layout. It also has a
// manifest.json, since Docker with its older stores loads nothing else.
//
//	image pack TREE GOARCH VERSION COMMIT TIME LAYOUT
//	image unpack LAYOUT DIR
//
// TREE is what the Debian package installs. The same arguments give the same bytes.
package main

import (
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("image: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 7 && args[0] == "pack":
		at, err := time.Parse(time.RFC3339, args[5])
		if err != nil {
			return err
		}
		return pack(release{tree: args[1], architecture: args[2], version: args[3], commit: args[4], time: at}, args[6])
	case len(args) == 3 && args[0] == "unpack":
		return unpack(args[1], args[2])
	}
	return fmt.Errorf("want pack TREE GOARCH VERSION COMMIT TIME LAYOUT, or unpack LAYOUT DIR")
}
