package clients

import (
	"bytes"
	_ "embed" // of the declarations
	"encoding/json"
	"slices"
	"sync"

	"github.com/tailscale/hujson"
)

// A Client is a program that people talk to and that calls tools.
type Client struct {
	Name  string // as on the command line
	Title string // as people call it
	// Files are the paths of its configuration by operating system (GOOS); "" is
	// every other one. ~ is the home directory. A leading $NAME is the directory in
	// this variable, or its usual value.
	Files   map[string]string
	Servers string // the member of the file that holds the servers by name
	Format  string // empty for JSON; toml and yaml are printed, never changed
	// Program and Remote are the entry for a program to start and for a URL. A string
	// with $ is replaced: see [Client.entry]. Without Remote the client starts programs
	// only, and a bridge connects it to the URL.
	Program, Remote json.RawMessage
	// Reference is how the file refers to a variable of the client's environment:
	// VARIABLE and SERVER stand for names. Empty: it cannot. "${input:" begins one to a
	// question that the client asks.
	Reference string
	// CommandReference is Reference for the variables that the client's own command
	// sets for a program.
	CommandReference string
	// Dialect is the dialect of the schemas that the client's models accept, if the
	// server cannot tell by the client's name. Empty: the server's choice.
	Dialect  string
	Absolute bool // the command must be an absolute path
	// ProgramCommand and RemoteCommand are the client's own commands that add a program
	// and a URL; empty for none. See [Client.Command] for the words in capitals.
	ProgramCommand, RemoteCommand string
	// Install is an address that installs a server, Web one that leads there over https
	// from a website, and BadgeImage its picture; empty for none. See [Client.expand] for
	// the names after $.
	Install, Web, BadgeImage string
}

//go:embed clients.jsonc
var declared []byte

var all = sync.OnceValue(func() (clients []Client) {
	text, err := hujson.Standardize(bytes.Clone(declared))
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&clients)
	}
	if err != nil {
		panic("clients.jsonc: " + err.Error())
	}
	return clients
})

// All are the clients, in the order of the documentation.
func All() []Client { return slices.Clone(all()) }

// Names are the names of [All].
func Names() (names []string) {
	for _, c := range all() {
		names = append(names, c.Name)
	}
	return names
}

// Named is the client with that name.
func Named(name string) (Client, bool) {
	for _, c := range all() {
		if c.Name == name {
			return c, true
		}
	}
	return Client{}, false
}
