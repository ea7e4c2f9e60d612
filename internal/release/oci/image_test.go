package oci_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/oci"
)

func image(arch string) oci.Image {
	return oci.Image{
		OS: "linux", Arch: arch, Created: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		Config: oci.Config{User: "65532:65532", Entrypoint: []string{"/bin/program"}, Cmd: []string{"stdio"}, Labels: map[string]string{"b": "1", "a": "2"}},
		Layers: [][]archive.File{
			{{Name: "etc/ssl/ca.crt", Mode: 0o644, Content: []byte("trust")}},
			{{Name: "bin/program", Mode: 0o755, Content: []byte("for " + arch)}},
		},
	}
}

// files are those of a tar, by name.
func files(t *testing.T, from io.Reader) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	in := tar.NewReader(from)
	for {
		header, err := in.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			if all[header.Name], err = io.ReadAll(in); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func write(t *testing.T, of oci.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := oci.WriteArchive(&out, "program:v1", of); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode[T any](t *testing.T, content []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(content, &value); err != nil {
		t.Fatalf("%v in %q", err, content)
	}
	return value
}

func TestArchiveIsWhatDockerLoadReads(t *testing.T) {
	found := files(t, bytes.NewReader(write(t, image("arm64"))))
	type entry struct {
		Config           string
		RepoTags, Layers []string
	}
	list := decode[[]entry](t, found["manifest.json"])
	if len(list) != 1 || len(list[0].RepoTags) != 1 || list[0].RepoTags[0] != "program:v1" {
		t.Fatalf("manifest.json: %+v", list)
	}
	var held []string
	for _, layer := range list[0].Layers {
		plain, err := gzip.NewReader(bytes.NewReader(found[layer]))
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range files(t, plain) {
			held = append(held, name+": "+string(content))
		}
	}
	if diff := cmp.Diff([]string{"etc/ssl/ca.crt: trust", "bin/program: for arm64"}, held); diff != "" {
		t.Error(diff)
	}
	type configuration struct {
		Architecture, OS string
		Config           oci.Config
	}
	want := configuration{"arm64", "linux", image("arm64").Config}
	if diff := cmp.Diff(want, decode[configuration](t, found[list[0].Config])); diff != "" {
		t.Error(diff)
	}
}

func TestEveryBlobIsNamedByItsDigest(t *testing.T) {
	folder := t.TempDir()
	if err := oci.WriteLayout(folder, "v1", image("amd64"), image("arm64")); err != nil {
		t.Fatal(err)
	}
	blobs, err := os.ReadDir(filepath.Join(folder, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		content, err := os.ReadFile(filepath.Join(folder, "blobs", "sha256", blob.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(content)); sum != blob.Name() {
			t.Errorf("%s has the digest %s", blob.Name(), sum)
		}
	}
	// Two programs, the certificates of both, two manifests and configurations,
	// and the list of both.
	if len(blobs) != 2+1+2+2+1 {
		t.Errorf("%d blobs", len(blobs))
	}
}

func TestALayoutOfTwoPlatformsIsOneImage(t *testing.T) {
	folder := t.TempDir()
	if err := oci.WriteLayout(folder, "v1", image("amd64"), image("arm64")); err != nil {
		t.Fatal(err)
	}
	type index struct {
		Manifests []struct {
			Digest      string
			Platform    struct{ OS, Architecture string }
			Annotations map[string]string
		}
	}
	read := func(name string) index {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return decode[index](t, content)
	}
	top := read("index.json")
	if len(top.Manifests) != 1 || top.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v1" {
		t.Fatalf("index.json: %+v", top)
	}
	var platforms []string
	for _, m := range read("blobs/sha256/" + top.Manifests[0].Digest[len("sha256:"):]).Manifests {
		platforms = append(platforms, m.Platform.OS+"/"+m.Platform.Architecture)
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
		t.Error(diff)
	}
}

func TestLayersHoldTheirFolders(t *testing.T) {
	found := files(t, bytes.NewReader(write(t, image("amd64"))))
	type manifest struct{ Layers []string }
	packed := found[decode[[]manifest](t, found["manifest.json"])[0].Layers[0]]
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var held []string
	for in := tar.NewReader(plain); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, fs.FormatFileInfo(header.FileInfo())[:10]+" "+header.Name)
	}
	want := []string{"drwxr-xr-x etc/", "drwxr-xr-x etc/ssl/", "-rw-r--r-- etc/ssl/ca.crt"}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameImageIsTheSameBytes(t *testing.T) {
	if !bytes.Equal(write(t, image("amd64")), write(t, image("amd64"))) {
		t.Error("two archives of one image differ")
	}
	if bytes.Equal(write(t, image("amd64")), write(t, image("arm64"))) {
		t.Error("the archives of two images are the same")
	}
}
